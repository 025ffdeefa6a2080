package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/internal/lessons"
	"github.com/stheno-ml/stheno/internal/recipe"
)

// TestPrimerPages: each command on the pages of the course is one that there is, with its flags and its model or
// lesson; each Example and each file is there; the pages have the same of them in both languages, and all sections of
// the course, where it is beside the project.
func TestPrimerPages(t *testing.T) {
	root := filepath.Join("..", "..")
	named := map[string][]string{}
	for _, page := range []string{"primer.md", "primer.zh.md"} {
		text, err := os.ReadFile(filepath.Join(root, "docs", page))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(string(text), -1) {
			named[page] = append(named[page], m[1])
			if fault := primerFault(root, m[1]); fault != "" {
				t.Errorf("%s: %s: %s", page, m[1], fault)
			}
		}
		for _, m := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(root, "docs", m[1])); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
		missingSections(t, page, string(text))
	}
	if en, zh := named["primer.md"], named["primer.zh.md"]; len(en) < 100 || !slices.Equal(en, zh) {
		t.Errorf("the pages name %d and %d things, want the same in the same order", len(en), len(zh))
	}
	for _, wrong := range []string{"zoo fly lenet5", "zoo train lenet6", "zoo train lenet5 --wings 2",
		"zoo lesson wings", "ops.ExampleWings", "wings.ExampleAdd", "wings"} { // negative controls
		if primerFault(root, wrong) == "" {
			t.Errorf("%q is taken for something that there is", wrong)
		}
	}
}

// primerFault says what is wrong with a name on the pages, "" if nothing is.
func primerFault(root, name string) string {
	if command, ok := strings.CutPrefix(name, "zoo "); ok {
		return commandFault(strings.Fields(command))
	}
	pkg, example, ok := strings.Cut(name, ".")
	if !ok || !strings.HasPrefix(example, "Example") {
		return "neither a command nor an Example"
	}
	for _, pattern := range []string{pkg, "models/" + pkg, "train/" + pkg, "data/" + pkg, "examples/" + pkg} {
		files, _ := filepath.Glob(filepath.Join(root, pattern, "*_test.go"))
		for _, f := range files {
			if text, err := os.ReadFile(f); err == nil && strings.Contains(string(text), "func "+example+"() {") {
				return ""
			}
		}
	}
	return "there is no such Example"
}

func commandFault(args []string) string {
	c, rest, err := (&app{&cli.App{}}).root().Find(args)
	if err != nil || !c.HasParent() {
		return "there is no such verb"
	}
	return operandFault(c, rest)
}

// operandFault looks at the flags of a command, and at its model or lesson.
func operandFault(c *cobra.Command, rest []string) string {
	names := slices.Concat(recipe.Names(), lessonNames())
	takesModel := c.Name() != "schedule" && c.Name() != "augment" && c.Name() != "compare" && c.Name() != "inspect" &&
		c.Name() != "list"
	for i, arg := range rest {
		switch flag, dashed := strings.CutPrefix(arg, "--"); {
		case dashed && c.Flags().Lookup(flag) == nil:
			return "there is no flag --" + flag
		case !dashed && i == 0 && takesModel && !slices.Contains(names, arg):
			return "there is no such model or lesson"
		}
	}
	return ""
}

func lessonNames() (names []string) {
	for _, l := range lessons.All() {
		names = append(names, l.Name)
	}
	return names
}

// missingSections reports numbered sections of the course that a page leaves out.
func missingSections(t *testing.T, page, text string) {
	t.Helper()
	course, err := os.ReadFile("../../../shared/reference/primer.zh.md")
	if err != nil {
		t.Logf("the course is not beside the project, and its sections are not compared: %v", err)
		return
	}
	head := regexp.MustCompile(`(?m)^### ([1-7]\.\d) `)
	covers := regexp.MustCompile(`([1-7])\.(\d)(?:[–-]\d\.(\d))?`)
	seen := map[string]bool{}
	for _, m := range covers.FindAllStringSubmatch(text, -1) {
		last := max(m[2], m[3])
		for k := m[2][0]; k <= last[0]; k++ {
			seen[m[1]+"."+string(k)] = true
		}
	}
	sections := head.FindAllStringSubmatch(string(course), -1)
	for _, m := range sections {
		if !seen[m[1]] {
			t.Errorf("%s leaves out section %s", page, m[1])
		}
	}
	if len(sections) < 20 {
		t.Errorf("the course has %d sections", len(sections))
	}
}

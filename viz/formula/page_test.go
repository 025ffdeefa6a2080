package formula

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/formulas.md")

const page = "../../docs/formulas.md"

// TestPage: docs/formulas.md is what the tables say.
func TestPage(t *testing.T) {
	text := pageText()
	if *update {
		if err := os.WriteFile(page, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	switch {
	case err != nil:
		t.Errorf("%v; run go generate ./viz/formula", err)
	case string(got) != text:
		t.Error("docs/formulas.md is not what the tables say; run go generate ./viz/formula")
	}
	if strings.Contains(text, "| |") || strings.Count(text, "\n| `") < 150 {
		t.Error("the page lacks formulas")
	}
}

// pageText is the page: a table for each family, with formulas between dollars and backquotes, in which GitHub takes
// no character for Markdown.
func pageText() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("<!-- go generate ./viz/formula writes this page. -->\n")
	p("# Formulas\n")
	p("What each op does, and what it hands back. $`L`$ is the loss, and $`n`$ the number of elements of a mean. " +
		"Letters stand for attributes: stride $`s`$, padding $`p`$, dilation $`d`$. In an op of a gradient " +
		"$`\\psi`$ is the gradient of its result, for a gradient of a gradient. Tests hold these to the ops: " +
		"see [adding-an-op.md](adding-an-op.md).")
	for _, f := range families() {
		p("\n## %s · %s\n", f.name.En, f.name.Zh)
		p("| op | what it is | formula | gradients | backward |")
		p("|---|---|---|---|---|")
		for _, r := range f.rows {
			what := r.name.En + " · " + r.name.Zh
			p("| %s | %s | %s | %s | %s |", namesOf(r), what, formulasOf(r), gradientsOf(r), r.back.En)
		}
	}
	return b.String()
}

func namesOf(r row) string {
	return "`" + strings.ReplaceAll(r.names, " ", "` `") + "`"
}

// formulasOf are the formulas of the first name of a row that has the most axes.
func formulasOf(r row) string {
	rule := lastRule(r)
	return dollars(slices.Concat(rule.Forward, rule.Where))
}

// gradientsOf are its gradients, with what only they need.
func gradientsOf(r row) string {
	rule := lastRule(r)
	var grads []Formula
	for _, f := range rule.Grads {
		if !f.IsZero() {
			grads = append(grads, f)
		}
	}
	if len(grads) == 0 {
		return "none"
	}
	return dollars(slices.Concat(grads, rule.WhereBack))
}

func lastRule(r row) Rule {
	all := r.rules()
	return all[len(all)-1]
}

func dollars(formulas []Formula) string {
	var all []string
	for _, f := range formulas {
		all = append(all, "$`"+f.LaTeX()+"`$")
	}
	return strings.Join(all, "<br>")
}

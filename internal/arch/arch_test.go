// Package arch checks the structure of the project: which package may import which, that everything fits together on
// all systems, how wide lines are, and how many parameters functions have.
package arch

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/stheno-ml/stheno/"

// rows are the packages from the foundation up. A package imports only from rows before its own.
func rows() [][]string {
	return [][]string{
		{"internal/files", "internal/form", "internal/local", "internal/pages", "internal/parallel", "internal/plain",
			"internal/rng", "internal/near", "internal/recent", "internal/kernel/scalar", "train/internal/damage"},
		{"internal/settings"},
		{"train/metrics", "train/history", "data/sound", "data/internal/read", trial},
		{"safetensors"},
		{"torchfile"},
		{"internal/reuse"},
		{proof},
		{"viz/internal/ink", "viz/internal/words"},
		{"viz/internal/ladder"},
		{flaws},
		{"internal/kernel/vector"},
		{"internal/kernel/gemm"},
		{"internal/kernel/conv"},
		{"internal/kernel"},
		{"graph"},
		{"ops", "viz", "viz/trace", "viz/formula", "data/internal/grid", "data/internal/picture"},
		{"viz/html"},
		{"nn", "train/schedule", "train/adversarial", "train/internal/look", "train/internal/mean"},
		{"train/internal/checkpoint"},
		{"data", "train"},
		{"train/curves", "train/explain", "data/table", "data/corpus", "data/subword"},
		{"models/mlp", "models/cnn", "models/rnn", "models/transformer", "models/gan", "models/vae"},
		{"internal/kind", "internal/lessons"},
		{"internal/kinds"},
		{"internal/recipe"},
		{"internal/bench"},
		{"internal/bench/compare", "cmd/zoo/internal/cli"},
		{"cmd/zoo/internal/training"},
		{"cmd/zoo/internal/drawing"},
		{"cmd/zoo"},
	}
}

func rowOf(pkg string) int {
	for i, r := range rows() {
		for _, p := range r {
			if p == pkg {
				return i
			}
		}
	}
	return -1
}

// generators is where the programs that write the kernels are, a module of its own: there is what they share, and they
// import nothing else of the project, nor it them.
const generators = "internal/kernel/avo/"

// proof is what tests of kernels share, and only tests import.
const proof = "internal/kernel/proof"

// trial is what tests of the packages of data share, and only tests import.
const trial = "data/internal/trial"

// flaws is what tests of drawings share, and only tests import.
const flaws = "viz/internal/flaws"

// outside is where programs are that use the project as strangers do, a module of its own: the compiler keeps it from
// all that is internal.
const outside = "examples"

// misplaced says what is wrong with an import, "" if nothing is.
func misplaced(pkg, imported string) string {
	const shared = generators + "forms"
	if strings.HasPrefix(pkg, generators) && pkg != shared && imported == shared {
		return ""
	}
	from, to := rowOf(pkg), rowOf(imported)
	switch {
	case imported == proof || imported == trial || imported == flaws:
		return pkg + " imports " + imported + ", which is for tests"
	case from < 0:
		return pkg + " is in no row"
	case to < 0:
		return pkg + " imports " + imported + ", which is in no row"
	case to >= from:
		return pkg + " imports " + imported + ", which is not below it"
	}
	return ""
}

func TestImports(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2) {
			return filepath.SkipDir
		}
		if path == filepath.Join(root, outside) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(rel)
		for _, im := range f.Imports {
			name := strings.Trim(im.Path.Value, `"`)
			if own, ok := strings.CutPrefix(name, module); ok {
				seen++
				if fault := misplaced(pkg, own); fault != "" {
					t.Errorf("%s: %s", path, fault)
				}
			}
			if strings.HasPrefix(name, "gorgonia.org/") && pkg != "graph" {
				t.Errorf("%s imports %s: Gorgonia enters the project in package graph alone", path, name)
			}
			if name == "C" {
				t.Errorf("%s uses cgo", path)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 20 {
		t.Errorf("only %d imports were seen", seen)
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Error(err)
	}
}

// TestMisplaced: a wrong import is found.
func TestMisplaced(t *testing.T) {
	for _, c := range [][2]string{{"graph", "ops"}, {"models/cnn", "models/mlp"}, {"nn", "elsewhere"},
		{"safetensors", "graph"},
		{"internal/kernel/gemm", "internal/kernel/conv"}, {"internal/kernel/vector", "internal/kernel/gemm"},
		{"internal/kernel/conv", "internal/kernel"}, {"internal/kernel", proof}, {"internal/kernel", "graph"},
		{"data", "data/table"}, {"data/table", "data/corpus"}, {"data", trial},
		{"viz", flaws}, {"viz/internal/ink", "viz/internal/ladder"}, {"viz/internal/ladder", "graph"},
		{"internal/form", "internal/parallel"}, {"internal/kernel", "internal/kernel/avo/forms"},
		{"internal/kernel/avo/rows", "internal/rng"},
		{"internal/kernel/avo/forms", "internal/kernel/avo/rows"}} {
		if misplaced(c[0], c[1]) == "" {
			t.Errorf("%s may import %s", c[0], c[1])
		}
	}
}

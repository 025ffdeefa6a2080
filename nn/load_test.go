package nn_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/safetensors"
)

// stored writes a file of float32 tensors of two elements, of three where the name ends in "!".
func stored(t *testing.T, names ...string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "net.safetensors")
	var all []safetensors.Tensor
	for i, name := range names {
		data := []float32{float32(i + 1), float32(i + 1)}
		if cut, ok := strings.CutSuffix(name, "!"); ok {
			name, data = cut, append(data, 0)
		}
		all = append(all, safetensors.Tensor{Name: name, Shape: []int{len(data)}, Data: data})
	}
	if err := safetensors.Write(path, all, nil); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLoadWith: which of the parameters body.w, body.b and head.w take which tensor of a file.
func TestLoadWith(t *testing.T) {
	rename := func(pairs ...string) func(string) string { return strings.NewReplacer(pairs...).Replace }
	for _, c := range []struct {
		name string
		file []string
		opt  nn.LoadOptions
		want string // first elements of the parameters, 9 for those that are as before; or the error
		left string // of the report: missing, unexpected, mis-shaped
	}{
		{"the same names", []string{"body.w", "body.b", "head.w"}, nn.LoadOptions{}, "1 2 3", "[] [] []"},
		{"a prefix", []string{"module.body.w", "module.body.b", "module.head.w"}, nn.LoadOptions{Strip: "module."},
			"1 2 3", "[] [] []"},
		{"a prefix of some", []string{"body.w", "module.body.b", "head.w"}, nn.LoadOptions{Strip: "module."}, "1 2 3",
			"[] [] []"},
		{"a prefix that nobody takes off", []string{"module.body.w", "module.body.b", "module.head.w"},
			nn.LoadOptions{},
			`3 missing: body.w, body.b, head.w; 3 unexpected: module.body.b, module.body.w, module.head.w; names in ` +
				`the file begin with "module.", see LoadOptions.Strip`, ""},
		{"a prefix, and less than the model has", []string{"module.body.w", "module.body.b"},
			nn.LoadOptions{Partial: true},
			`3 missing: body.w, body.b, head.w; 2 unexpected: module.body.b, module.body.w; names in the file begin ` +
				`with "module.", see LoadOptions.Strip`, ""},
		{"a prefix, and more than the model has", []string{"module.body.w", "module.body.b", "module.head.w", "step"},
			nn.LoadOptions{},
			`3 missing: body.w, body.b, head.w; 4 unexpected: module.body.b, module.body.w, module.head.w, step; ` +
				`names in the file begin with "module.", see LoadOptions.Strip`, ""},
		{"a prefix, and less and more", []string{"module.body.w", "step"}, nn.LoadOptions{},
			"3 missing: body.w, body.b, head.w; 2 unexpected: module.body.w, step", ""},
		{"other names that end alike", []string{"x.body.w", "x.body.b", "y.head.w"}, nn.LoadOptions{},
			"3 missing: body.w, body.b, head.w; 3 unexpected: x.body.b, x.body.w, y.head.w", ""},
		{"layers of other names", []string{"encoder.w", "encoder.b", "cls.w"},
			nn.LoadOptions{Rename: rename("encoder.", "body.", "cls.", "head.")}, "1 2 3", "[] [] []"},
		{"a prefix, and then other names", []string{"m.encoder.w", "m.encoder.b", "m.cls.w"},
			nn.LoadOptions{Strip: "m.", Rename: rename("encoder.", "body.", "cls.", "head.")}, "1 2 3", "[] [] []"},
		{"a tensor that is left out", []string{"body.w", "body.b", "head.w", "extra"},
			nn.LoadOptions{Rename: rename("extra", "")}, "1 2 3", "[] [] []"},
		{"two that become one", []string{"body.w", "body.b", "head.w", "module.head.w"},
			nn.LoadOptions{Strip: "module.", Partial: true},
			`both "head.w" and "module.head.w" of the file become "head.w": see Strip and Rename`, ""},
		{"all that fits, and the rest is reported", []string{"body.w", "head.w!", "extra"},
			nn.LoadOptions{Partial: true},
			"1 9 9", "[body.b] [extra] [head.w: file (3), model (2)]"},
		{"the same, strictly", []string{"body.w", "head.w!", "extra"}, nn.LoadOptions{},
			"1 missing: body.b; 1 unexpected: extra; 1 mis-shaped: head.w: file (3), model (2)", ""},
		{"names are the file's in what is unexpected", []string{"m.body.w", "m.body.b", "m.extra"},
			nn.LoadOptions{Strip: "m.", Partial: true}, "1 2 9", "[head.w] [m.extra] []"},
		{"nothing fits, which is an error", []string{"a", "b"}, nn.LoadOptions{Partial: true},
			"3 missing: body.w, body.b, head.w; 2 unexpected: a, b", ""},
		{"a part of the model", []string{"body.w", "body.b", "extra"}, nn.LoadOptions{Under: "body"}, "1 2 9",
			"[] [] []"},
		{"a file of the part alone", []string{"w", "b"},
			nn.LoadOptions{Under: "body", Rename: func(name string) string { return "body." + name }}, "1 2 9",
			"[] [] []"},
		{"a part that there is not", []string{"body.w"}, nn.LoadOptions{Under: "bodi"},
			`the model has no parameter under "bodi"; it has them under body, head`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := nn.NewScope()
			for _, name := range []string{"body.w", "body.b", "head.w"} {
				s.Param(name, nn.Constant(9), 2)
			}
			path := stored(t, c.file...)
			report, err := s.Params().LoadWith(path, c.opt)
			if err != nil {
				if want := "load " + path + ": " + c.want; err.Error() != want {
					t.Errorf("got  %v\nwant %s", err, want)
				}
				c.want = "9 9 9"
			}
			var got, loaded []string
			for p := range s.Params().All() {
				got = append(got, trimmed(p.Tensor().At(0)))
				if p.Tensor().At(0) != 9 {
					loaded = append(loaded, p.Name())
				}
			}
			if got := strings.Join(got, " "); got != c.want {
				t.Errorf("the parameters are %s, want %s", got, c.want)
			}
			if !slices.Equal(loaded, report.Loaded) {
				t.Errorf("loaded %v, the report says %v", loaded, report.Loaded)
			}
			left := fmt.Sprint(report.Missing, report.Unexpected, report.MisShaped)
			if err == nil && left != c.left {
				t.Errorf("the report says %s, want %s", left, c.left)
			}
		})
	}
}

func trimmed(v float64) string { return string(rune('0' + int(v))) }

// TestLoadFromNothing: no file is an error.
func TestLoadFromNothing(t *testing.T) {
	_, err := nn.NewScope().Params().LoadFrom(nil, nn.LoadOptions{})
	if err == nil || !strings.Contains(err.Error(), "nil") {
		t.Errorf("got %v", err)
	}
}

// TestLoadMismatchPrefix: a program can see the prefix, and load again without it.
func TestLoadMismatchPrefix(t *testing.T) {
	s := nn.NewScope()
	s.Param("w", nn.Zeros, 2)
	path := stored(t, "module.w")
	var bad *nn.MismatchError
	err := s.Params().Load(path)
	if !errors.As(err, &bad) || bad.Prefix != "module." || !errors.Is(err, safetensors.ErrFormat) {
		t.Fatalf("got %+v", err)
	}
	if _, err := s.Params().LoadWith(path, nn.LoadOptions{Strip: bad.Prefix}); err != nil {
		t.Error(err)
	}
}

// TestLoadReport: what Rename leaves out is reported by its names in the file, and the report is one line.
func TestLoadReport(t *testing.T) {
	s := nn.NewScope()
	for _, name := range []string{"body.w", "head.w"} {
		s.Param(name, nn.Zeros, 2)
	}
	path := stored(t, "m.step", "m.body.w", "m.head.w!", "m.extra", "m.epoch")
	prune := func(name string) string {
		if name == "step" || name == "epoch" {
			return ""
		}
		return name
	}
	report, err := s.Params().LoadWith(path, nn.LoadOptions{Strip: "m.", Partial: true, Rename: prune})
	if err != nil {
		t.Fatal(err)
	}
	want := "1 loaded; 1 unexpected: m.extra; 1 mis-shaped: head.w: file (3), model (2); 2 left out: m.epoch, m.step"
	if got := report.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := (nn.LoadReport{}).String(); got != "0 loaded" {
		t.Errorf("an empty report is %q", got)
	}
}

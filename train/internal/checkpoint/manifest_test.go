package checkpoint

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/train/history"
	"github.com/stheno-ml/stheno/train/internal/damage"
)

// newFolder has the checkpoints 2 and 3, of files that hold little.
func newFolder(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, n := range []int{2, 3} {
		base := filepath.Join(dir, NameOf(n))
		for _, ending := range endings() {
			text := []byte(ending)
			if ending == HistoryEnding {
				var table bytes.Buffer
				if err := (history.Rows{{Epoch: 1, Step: n}}).WriteCSV(&table); err != nil {
					t.Fatal(err)
				}
				text = table.Bytes()
			}
			if err := os.WriteFile(base+ending, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := Seal(base, Manifest{Step: n, Epoch: 1, Fit: &Progress{Done: n}}); err != nil {
			t.Fatal(err)
		}
	}
	if f, passed, err := Newest(dir); err != nil || len(passed) > 0 || f.Number != 3 || f.History[0].Step != 3 {
		t.Fatalf("the newest is %+v, %v, %v", f, passed, err)
	}
	return dir
}

// TestManifestBad: what is no manifest, or hostile, is damage, but for that of a later version.
func TestManifestBad(t *testing.T) {
	dir := newFolder(t)
	m, err := ReadManifest(filepath.Join(dir, NameOf(3)+ManifestEnding))
	if err != nil {
		t.Fatal(err)
	}
	signed := func(change func(*Manifest)) []byte {
		path, other := filepath.Join(t.TempDir(), "m"), *m
		other.Files, other.Fit = slices.Clone(m.Files), &Progress{}
		*other.Fit = *m.Fit
		change(&other)
		if err := other.Write(path); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range []struct {
		name string
		text []byte
		want string
	}{
		{"nothing", nil, "no JSON"},
		{"a list", []byte("[]"), "no JSON"},
		{"another object", []byte(`{"a":1}`), `the format is "", want "stheno checkpoint"`},
		{"a later version", signed(func(m *Manifest) { m.Version = 3 }),
			"the version is 3, and this program reads 1 to 2"},
		{"a step below 0", signed(func(m *Manifest) { m.Step = -1 }), "step -1"},
		{"an epoch beyond all", signed(func(m *Manifest) { m.Epoch = math.MaxInt }), "epoch 9223372036854775807"},
		{"no files", signed(func(m *Manifest) { m.Files = nil }), "it tells of 0 files, want 4"},
		{"seconds that are no number", signed(func(m *Manifest) { m.Fit.Seconds = Exact(math.NaN()) }), "NaN seconds"},
		{"counts without sums", signed(func(m *Manifest) { m.Fit.Means = []SavedMean{{Counts: []Exact{1}}} }),
			"0 sums and 1 counts"},
		{"a field more", []byte(strings.Replace(string(signed(func(*Manifest) {})), "{", `{"x":1,`, 1)),
			"not the bytes"},
		{"deep", []byte(strings.Repeat(`{"fit":`, 1<<20)), "no JSON"},
	} {
		_, err := parseManifest(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) ||
			errors.Is(err, damage.Err) != (c.name != "a later version") {
			t.Errorf("%s:\ngot  %v\nwant %s", c.name, err, c.want)
		}
	}
	for name, change := range map[string]func(*Manifest){
		"a file elsewhere":        func(m *Manifest) { m.Files[0].Name = "../../weights" },
		"a file below 0":          func(m *Manifest) { m.Files[1].Bytes = -1 },
		"a file of a petabyte":    func(m *Manifest) { m.Files[1].Bytes = 1 << 50 },
		"a checksum of something": func(m *Manifest) { m.Files[2].SHA256 = "x" },
	} {
		path := filepath.Join(dir, NameOf(3)+ManifestEnding)
		if err := os.WriteFile(path, signed(change), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, passed, err := Newest(dir); err != nil || len(passed) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	huge := filepath.Join(dir, NameOf(4)+ManifestEnding)
	if err := errors.Join(os.WriteFile(huge, nil, 0o600), os.Truncate(huge, 1<<40)); err != nil {
		t.Fatal(err)
	}
	if _, passed, err := Newest(dir); err != nil || !strings.Contains(passed[0].Error(), "want at most 16777216") {
		t.Error(err)
	}
}

func FuzzManifest(f *testing.F) {
	var m Manifest
	m.Format, m.Version, m.Files = manifestFormat, manifestVersion, make([]file, 4)
	m.Fit = &Progress{Loss: Exact(math.NaN()),
		Means: []SavedMean{{Name: "a", Sums: []Exact{1}, Counts: []Exact{-1}}}}
	path := filepath.Join(f.TempDir(), "m")
	if err := m.Write(path); err != nil {
		f.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	if got, err := parseManifest(text); err != nil || !math.IsNaN(float64(got.Fit.Loss)) {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"format":"stheno checkpoint","version":1,"step":1e400}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := parseManifest(text)
		if err != nil {
			return
		}
		if again, err := got.text(); err != nil || !reflect.DeepEqual(again, text) {
			t.Errorf("it is read, and written otherwise: %v", err)
		}
	})
}

// This file holds the folder of a training: the names of its files, and which of its checkpoints are whole.

package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/internal/files"
	"github.com/stheno-ml/stheno/train/history"
	"github.com/stheno-ml/stheno/train/internal/damage"
)

// The names of the files of checkpoint 7 begin with checkpoint-000007.
const (
	ManifestEnding = ".json"
	WeightsEnding  = ".weights.safetensors"
	TrainingEnding = ".training.safetensors"
	KeptEnding     = ".more.safetensors"
	HistoryEnding  = ".history.csv"
)

// endings are those of the files that a manifest tells of.
func endings() []string { return []string{WeightsEnding, TrainingEnding, KeptEnding, HistoryEnding} }

// NameOf is what the files of a checkpoint are called, without their endings.
func NameOf(number int) string { return fmt.Sprintf("checkpoint-%06d", number) }

// numberOf is the number in the name of a file with such an ending.
func numberOf(name, ending string) (int, bool) {
	digits, ok := strings.CutSuffix(name, ending)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(strings.TrimPrefix(digits, "checkpoint-"))
	return n, err == nil && n > 0 && NameOf(n) == digits
}

// NumbersIn are those of the checkpoints in a folder, the newest first.
func NumbersIn(dir string) (numbers []int, err error) {
	names, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range names {
		if n, ok := numberOf(e.Name(), ManifestEnding); ok {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	slices.Reverse(numbers)
	return numbers, nil
}

// Found is a checkpoint of a folder that is whole: all its files have the sizes and checksums of its manifest.
type Found struct {
	Base     string // what the paths of its files begin with
	Number   int
	Manifest *Manifest
	History  history.Rows
}

// Newest looks for the newest checkpoint of a folder that is whole, and returns what is wrong with those that are
// newer. That there is none is an error of kind [os.ErrNotExist], that all are damaged one of kind [damage.Err].
func Newest(dir string) (f *Found, passed []error, err error) {
	numbers, err := NumbersIn(dir)
	if err != nil {
		return nil, nil, err
	}
	for _, n := range numbers {
		f, err := find(filepath.Join(dir, NameOf(n)), n)
		if err == nil {
			return f, passed, nil
		}
		if !errors.Is(err, damage.Err) {
			return nil, nil, err
		}
		passed = append(passed, err)
	}
	switch len(passed) {
	case 0:
		return nil, nil, none(dir)
	case 1:
		return nil, nil, passed[0]
	}
	return nil, nil, damage.Errorf("%s: all %d checkpoints are damaged, the newest: %w", dir, len(passed), passed[0])
}

// none is the error of a folder without a checkpoint: os.ErrNotExist.
type none string

func (dir none) Error() string { return string(dir) + ": it holds no checkpoint" }

// Is reports whether it is os.ErrNotExist.
func (none) Is(target error) bool { return target == os.ErrNotExist }

func find(base string, number int) (*Found, error) {
	path := base + ManifestEnding
	m, err := ReadManifest(path)
	if err != nil {
		return nil, err
	}
	for i, ending := range endings() {
		if want := filepath.Base(base + ending); m.Files[i].Name != want {
			return nil, damage.Errorf("%s: file %d is %.200q, want %q", path, i, m.Files[i].Name, want)
		}
		if err := m.Files[i].check(base + ending); err != nil {
			return nil, err
		}
	}
	f, _, err := files.Open(base + HistoryEnding)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := history.ReadCSV(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", base+HistoryEnding, err)
	}
	return &Found{Base: base, Number: number, Manifest: m, History: rows}, nil
}

// Seal writes the manifest of the files of a checkpoint, which have been written.
func Seal(base string, m Manifest) error {
	m.Format, m.Version = manifestFormat, manifestVersion
	m.Files = nil
	for _, ending := range endings() {
		e, err := entryOf(base + ending)
		if err != nil {
			return err
		}
		m.Files = append(m.Files, e)
	}
	return m.Write(base + ManifestEnding)
}

// Prune removes the checkpoints of a folder up to a number, the manifest of each first.
func Prune(dir string, upTo int) error {
	names, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, ending := range append([]string{ManifestEnding}, endings()...) {
		for _, e := range names {
			if n, ok := numberOf(e.Name(), ending); ok && n <= upTo {
				if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

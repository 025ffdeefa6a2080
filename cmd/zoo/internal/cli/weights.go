// This file holds the files of weights that are named, and what is said of those that are none.

package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/train"
)

// WeightsGiven is what the errors of a file of weights begin with.
const WeightsGiven = "--weights "

// Load makes the model that a file of weights tells of, and reads them.
func Load(r recipe.Recipe, weights string) (*kind.Model, error) {
	if weights == "" {
		return nil, Usagef("--weights FILE is needed: a file that zoo train %s -o FILE has written", r.Name)
	}
	return LoadBy(r, WeightsGiven, weights)
}

// LoadBy is load of a file that a flag names, or, without a flag, an argument.
func LoadBy(r recipe.Recipe, flag, path string) (*kind.Model, error) {
	if err := CheckNoFolder(path); err != nil {
		return nil, ReadBy(flag, err)
	}
	m, err := r.Load(path)
	if err != nil {
		return nil, ReadBy(flag, unfit{err, path})
	}
	return m, nil
}

// WeightsEnding is what files of weights are called that zoo writes.
const WeightsEnding = ".safetensors"

// WeightsEndings are those of all files of weights.
var WeightsEndings = []string{"", WeightsEnding, ".pt", ".pth", ".th", ".bin"}

// wrongKind is the error of a file or folder that is there, and is something else than what is wanted.
type wrongKind string

// WrongKindf is such an error.
func WrongKindf(format string, args ...any) error { return wrongKind(fmt.Sprintf(format, args...)) }

func (e wrongKind) Error() string { return string(e) }

// CheckNoFolder reports a folder where a file of weights is wanted, and names a file in it.
func CheckNoFolder(path string) error {
	if !IsFolder(path) {
		return nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	if HoldsCheckpoints(entries) {
		s, err := train.ReadCheckpoint(path)
		if err != nil {
			return err
		}
		return WrongKindf("%s: a folder of checkpoints; name the weights of one, such as the newest, %s", path,
			s.Weights)
	}
	if all := WeightsIn(path, entries); len(all) > 0 {
		return WrongKindf("%s: a folder; name a file of weights in it, such as %s", path, all[0])
	}
	return WrongKindf("%s: a folder, and no file of weights (%s) is in it", path, WeightsEnding)
}

// HoldsCheckpoints reports a folder of checkpoints by what is in it.
func HoldsCheckpoints(entries []os.DirEntry) bool {
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool { return CheckpointNames.MatchString(e.Name()) })
}

// WeightsIn are the files of weights of zoo in a folder, in the order of their names.
func WeightsIn(dir string, entries []os.DirEntry) (all []string) {
	for _, e := range entries { // sorted by name
		if strings.EqualFold(filepath.Ext(e.Name()), WeightsEnding) {
			all = append(all, filepath.Join(dir, e.Name()))
		}
	}
	return all
}

// besideWeights are the names of the files of a checkpoint that hold something else than its weights.
var besideWeights = regexp.MustCompile(`^(checkpoint-[0-9]{6,})\.(more|training)\.safetensors$`)

// unfit is the error of a file that is not of a model's weights, as the command says it.
type unfit struct {
	error
	path string
}

func (e unfit) Error() string {
	text := strings.Replace(e.error.Error(), ", see LoadOptions.Strip", ", and the model's do not", 1)
	dir, name := filepath.Split(e.path)
	if found := besideWeights.FindStringSubmatch(name); found != nil && !errors.Is(e.error, os.ErrNotExist) {
		return fmt.Sprintf("load %s: not the weights of that checkpoint, which are in %s", e.path,
			dir+found[1]+".weights"+WeightsEnding)
	}
	return text
}

func (e unfit) Unwrap() error { return e.error }

// CheckpointNames are the names of the files of checkpoints.
var CheckpointNames = regexp.MustCompile(`^checkpoint-[0-9]{6,}\.`)

// This file holds the files of weights that are named, and what is said of those that are none.

package main

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

// weightsGiven is what the errors of a file of weights begin with.
const weightsGiven = "--weights "

// load makes the model that a file of weights tells of, and reads them.
func load(r recipe.Recipe, weights string) (*kind.Model, error) {
	if weights == "" {
		return nil, usagef("--weights FILE is needed: a file that zoo train %s -o FILE has written", r.Name)
	}
	return loadBy(r, weightsGiven, weights)
}

// loadBy is load of a file that a flag names, or, without a flag, an argument.
func loadBy(r recipe.Recipe, flag, path string) (*kind.Model, error) {
	if err := checkNoFolder(path); err != nil {
		return nil, readBy(flag, err)
	}
	m, err := r.Load(path)
	if err != nil {
		return nil, readBy(flag, unfit{err, path})
	}
	return m, nil
}

// weightsEnding is what files of weights are called that zoo writes; weightsEndings are those of all files of weights.
const weightsEnding = ".safetensors"

var weightsEndings = []string{"", weightsEnding, ".pt", ".pth", ".th", ".bin"}

// wrongKind is the error of a file or folder that is there, and is something else than what is wanted.
type wrongKind string

func wrongKindf(format string, args ...any) error { return wrongKind(fmt.Sprintf(format, args...)) }

func (e wrongKind) Error() string { return string(e) }

// checkNoFolder reports a folder where a file of weights is wanted, and names a file in it.
func checkNoFolder(path string) error {
	if !isFolder(path) {
		return nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	if holdsCheckpoints(entries) {
		s, err := train.ReadCheckpoint(path)
		if err != nil {
			return err
		}
		return wrongKindf("%s: a folder of checkpoints; name the weights of one, such as the newest, %s", path,
			s.Weights)
	}
	if all := weightsIn(path, entries); len(all) > 0 {
		return wrongKindf("%s: a folder; name a file of weights in it, such as %s", path, all[0])
	}
	return wrongKindf("%s: a folder, and no file of weights (%s) is in it", path, weightsEnding)
}

// holdsCheckpoints reports a folder of checkpoints by what is in it.
func holdsCheckpoints(entries []os.DirEntry) bool {
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool { return checkpointNames.MatchString(e.Name()) })
}

// weightsIn are the files of weights of zoo in a folder, in the order of their names.
func weightsIn(dir string, entries []os.DirEntry) (all []string) {
	for _, e := range entries { // sorted by name
		if strings.EqualFold(filepath.Ext(e.Name()), weightsEnding) {
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
			dir+found[1]+".weights"+weightsEnding)
	}
	return text
}

func (e unfit) Unwrap() error { return e.error }

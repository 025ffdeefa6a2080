// This file holds the sources of data: what has a name, and what a path may be.

package read

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/stheno-ml/stheno/internal/near"
)

// Source tells of a data set that has a name.
type Source struct {
	Name  string
	Kind  string // "images", "text", "lines", "table", "pairs", "labelled", "series" or "sounds", for OpenImages …
	About string
}

// Sources lists the data sets that have a name, those of a kind together.
func Sources() []Source {
	return []Source{
		{"digits", "images", "generated handwritten digits, 10,000 and 2,000 of 28×28; built in"},
		{"mnist", "images", "MNIST's handwritten digits, 60,000 and 10,000 of 28×28; downloaded once"},
		{"prose", "text", "generated English-like sentences, 250,000 characters with an entropy of 0.461 nats " +
			"each; built in"},
		{"names", "lines", "generated names, 9,000 and 1,000, with an entropy of 1.986 nats a character; built in"},
		{"moons", "table", "generated points of two half circles, 800 and 200; built in"},
		{"sums", "pairs", "generated sums of two numbers below 1000, 10,000 and 1,000; built in"},
		{"reverse", "pairs", "generated letters to turn round, 20,000 and 1,000; built in"},
		{"sort", "pairs", "generated letters to sort, 20,000 and 1,000; built in"},
		{"phrases", "pairs", "generated English sentences and their German translations, 4,000 and 500; built in"},
		{"reviews", "labelled", "generated reviews of films that praise or blame, 4,000 and 1,000; built in"},
		{"languages", "labelled", "generated names of eight made-up languages, 4,000 and 1,000; built in"},
		{"sine", "series", "generated waves with noise, 800 and 200 values; built in"},
		{"tones", "sounds", "generated tones, chirps and vowels, 1,500 and 300 of ten classes; built in"},
	}
}

// KindError is the error of opening a known name as something that it is not.
type KindError struct{ Source, Kind, Want string }

func (e *KindError) Error() string {
	return fmt.Sprintf("%s is %s, want %s", e.Source, inWords(e.Kind), inWords(e.Want))
}

// UnknownError is the error of a source that is neither the name of a data set nor a path of a file or folder.
type UnknownError struct {
	Source string
	Known  []string // names
	Want   string   // what a path is to be of: "folder"
	Err    error    // of the path
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("%s: neither a known name (%s) nor a %s: %v", e.Source, strings.Join(e.Known, ", "), e.Want,
		e.Err)
}

// Unwrap is the error of the path: that there is no such file, say.
func (e *UnknownError) Unwrap() error { return e.Err }

// LookUp reports whether a source is the name of a data set of a kind. It is an error if it is one of another kind, or
// neither a name nor a path.
func LookUp(ctx context.Context, source, kind, file string) (isName bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	var names []string
	for _, s := range Sources() {
		switch {
		case s.Name == source && s.Kind != kind:
			return false, &KindError{source, s.Kind, kind}
		case s.Name == source:
			return true, nil
		case s.Kind == kind:
			names = append(names, s.Name)
		}
	}
	if _, err := os.Stat(source); err != nil {
		if !strings.ContainsAny(source, `/\.`) { // a name, and no path
			names = near.Sort(source, names)
		}
		var path *fs.PathError
		if errors.As(err, &path) { // whose name is in the line already
			err = path.Err
		}
		return false, &UnknownError{source, names, file, err}
	}
	return false, nil
}

func inWords(kind string) string {
	switch kind {
	case "table", "series":
		return "a " + kind
	case "labelled":
		return "labelled sentences"
	}
	return kind
}

// BaseName is the name of a file without what it ends in.
func BaseName(path string) string {
	return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
}

// IsFolder reports whether a path is that of a folder.
func IsFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

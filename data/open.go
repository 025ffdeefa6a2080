// This file holds the sources of data: what has a name, and what a path may be.

package data

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/stheno-ml/stheno/internal/near"
)

// SourceInfo tells of a data set that has a name.
type SourceInfo struct {
	Name  string
	Kind  string // "images", "text", "lines", "table", "pairs", "labelled", "series" or "sounds", for OpenImages …
	About string
}

// Sources lists the data sets that have a name, those of a kind together.
func Sources() []SourceInfo {
	return []SourceInfo{
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

// OpenImages returns the images of a name that [Sources] lists, or of a folder: one of IDX files as [MNIST] reads it,
// or one of pictures as [Folder] does by the options. A folder called like a name is reached as "./name". log, which
// may be nil, is told of each download, and of pictures that are resized.
func OpenImages(ctx context.Context, source string, o FolderOptions, log func(format string, args ...any)) (Images,
	error) {
	isName, err := lookUp(ctx, source, "images", "folder")
	switch {
	case err != nil:
		return Images{}, err
	case isName && source == "mnist":
		return FetchMNIST(ctx, log)
	case isName:
		return Digits(0), nil
	case hasIDX(source):
		return MNIST(source)
	case pictureFiles.in(source, 2):
		set, err := Folder(source, o)
		if size := set.Train.X.Shape; set.Resized > 0 && log != nil {
			log("%s: %d of %d pictures have another size than %d×%d and are %v", source, set.Resized,
				set.Train.Len()+set.Test.Len(), size[3], size[2], o.Fit)
		}
		return set, err
	case !isFolder(source):
		return Images{}, &FileError{source, "images"}
	}
	return Images{}, fmt.Errorf("%s: has neither %s and the other files of MNIST's form nor pictures in a folder for "+
		"each class: %w", source, trainImages, fs.ErrNotExist)
}

// OpenText returns the text of a name that [Sources] lists, or of a file, as [ReadText] and [NewText] make it. log is
// as that of [OpenImages].
func OpenText(ctx context.Context, source string, log func(format string, args ...any)) (Text, error) {
	isName, err := lookUp(ctx, source, "text", "file")
	switch {
	case err != nil:
		return Text{}, err
	case isName:
		return Prose(0), nil
	}
	text, err := ReadText(source)
	if err != nil {
		return Text{}, err
	}
	t := NewText(baseName(source), text)
	if utf8.RuneCountInString(t.Train) < 2 || utf8.RuneCountInString(t.Test) < 2 {
		return Text{}, damage(fmt.Sprintf("%s: too short a text to learn from (%d characters)", source,
			utf8.RuneCountInString(text)))
	}
	return t, nil
}

// OpenTable returns the table of a name that [Sources] lists, or of a file, as [ReadTable] reads it by the options.
// log is as that of [OpenImages].
func OpenTable(ctx context.Context, source string, o TableOptions, log func(format string, args ...any)) (Table,
	error) {
	isName, err := lookUp(ctx, source, "table", "file")
	switch {
	case err != nil:
		return Table{}, err
	case isName:
		t := Moons(0)
		if o.Target != "" && o.Target != t.Target {
			return Table{}, fmt.Errorf("%s: there is no target %q; known is %s", source, o.Target, t.Target)
		}
		return t, nil
	}
	return ReadTable(source, o)
}

// OpenPairs returns the pairs of a name that [Sources] lists, or those of a file, as [ReadPairs] reads it, of a
// folder, as [ReadParallelParts] does, or of two files, as [ReadParallel] does: "train" is train.de and train.en, the
// first by name the source. The options are of files alone. log is as that of [OpenImages].
func OpenPairs(ctx context.Context, source string, o SentenceOptions, log func(format string, args ...any)) (Parallel,
	error) {
	isName, err := lookUp(ctx, source, "pairs", "file or folder")
	if err != nil {
		return Parallel{}, err
	}
	if isName {
		p := map[string]func(uint64) Parallel{"sums": Sums, "reverse": Reverse, "sort": Sort,
			"phrases": Phrases}[source](0)
		if o.Swap {
			p = p.swapped()
		}
		return p, nil
	}
	_, missing := os.Stat(source)
	switch paths := siblings(source); {
	case isFolder(source):
		return ReadParallelParts(source, o)
	case missing == nil:
		return ReadPairs(source, o)
	case len(paths) == 2:
		return ReadParallel(paths[0], paths[1], o)
	default:
		return Parallel{}, damage(fmt.Sprintf("%s: not two files of pairs but %d are called so with an ending", source,
			len(paths)))
	}
}

// OpenLabelled returns the sentences of a name that [Sources] lists, which has words of its own, or of a path, as
// [ReadLabelled] reads it by the options. log is as that of [OpenImages].
func OpenLabelled(ctx context.Context, source string, o SentenceOptions, log func(format string,
	args ...any)) (Labelled, error) {
	isName, err := lookUp(ctx, source, "labelled", "file or folder")
	switch {
	case err != nil:
		return Labelled{}, err
	case isName:
		return map[string]func(uint64) Labelled{"reviews": Reviews, "languages": Languages}[source](0), nil
	}
	return ReadLabelled(source, o)
}

// OpenSeries returns the series of a name that [Sources] lists, or of a file, as [ReadSeries] reads it by the options.
// log is as that of [OpenImages].
func OpenSeries(ctx context.Context, source string, o SeriesOptions, log func(format string, args ...any)) (Series,
	error) {
	isName, err := lookUp(ctx, source, "series", "file")
	switch {
	case err != nil:
		return Series{}, err
	case isName:
		return Sine(0), nil
	}
	return ReadSeries(source, o)
}

// lookUp reports whether a source is the name of a data set of a kind. It is an error if it is one of another kind, or
// neither a name nor a path.
func lookUp(ctx context.Context, source, kind, file string) (isName bool, err error) {
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
		if (kind == "pairs" || kind == "labelled") && len(siblings(source)) > 0 {
			return false, nil // the begin of the paths of files
		}
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

// FileError is the error of a file where a folder of images or sounds is wanted. It is [ErrDamaged]: the file is
// there, and is of another kind.
type FileError struct{ Path, Want string }

func (e *FileError) Error() string {
	text := e.Path + ": not a folder, and " + e.Want + " are in folders"
	if strings.HasSuffix(strings.TrimSuffix(e.Path, ".gz"), "-ubyte") { // one of MNIST's files
		text += "; name that of the IDX files, " + filepath.Dir(e.Path)
	}
	return text
}

// Is reports whether it is ErrDamaged.
func (*FileError) Is(target error) bool { return target == ErrDamaged }

func inWords(kind string) string {
	switch kind {
	case "table", "series":
		return "a " + kind
	case "labelled":
		return "labelled sentences"
	}
	return kind
}

// hasIDX reports whether a folder has one of MNIST's files.
func hasIDX(dir string) bool {
	for _, name := range []string{trainImages, trainLabels, testImages, testLabels} {
		if _, err := find(dir, name); err == nil {
			return true
		}
	}
	return false
}

// in reports whether there are such files in a folder's folders, at most so deep.
func (k fileKind) in(dir string, depth int) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if strings.HasPrefix(e.Name(), ".") || !isFolder(path) {
			continue
		}
		if own, err := k.list(path, 0); err == nil && len(own) > 0 || depth > 1 && k.in(path, depth-1) {
			return true
		}
	}
	return false
}

// baseName is the name of a file without what it ends in.
func baseName(path string) string {
	return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
}

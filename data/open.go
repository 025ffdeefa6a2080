// This file holds the sources of data: what has a name, and what a path may be.

package data

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/stheno-ml/stheno/data/internal/read"
)

// SourceInfo tells of a data set that has a name: its Name, a line About it, and its Kind, which says what opens it:
// "images", "text", "lines", "table", "pairs", "labelled", "series" or "sounds". All three are strings.
type SourceInfo = read.Source

// Sources lists the data sets that have a name, those of a kind together. The packages corpus and table open those
// that are theirs.
func Sources() []SourceInfo { return read.Sources() }

// KindError is the error of opening a known name as something that it is not. Its fields are the Source, the Kind that
// it is of, and the one that opening it would Want.
type KindError = read.KindError

// UnknownError is the error of a Source that is neither the name of a data set nor a path of a file or folder. Its
// fields are also the Known names, what a path is to be of (Want: "folder"), and the Err of the path.
type UnknownError = read.UnknownError

// ErrDamaged is the kind of every error that says that an input was read and is not what it should be:
// errors.Is(err, ErrDamaged). A file that is missing is os.ErrNotExist instead.
var ErrDamaged = read.ErrDamaged

// OpenImages returns the images of a name that [Sources] lists, or of a folder: one of IDX files as [MNIST] reads it,
// or one of pictures as [Folder] does by the options. A folder called like a name is reached as "./name". log, which
// may be nil, is told of each download, and of pictures that are resized.
func OpenImages(ctx context.Context, source string, o FolderOptions, log func(format string, args ...any)) (Images,
	error) {
	isName, err := read.LookUp(ctx, source, "images", "folder")
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
	case !read.IsFolder(source):
		return Images{}, &FileError{source, "images"}
	}
	return Images{}, fmt.Errorf("%s: has neither %s and the other files of MNIST's form nor pictures in a folder for "+
		"each class: %w", source, trainImages, fs.ErrNotExist)
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
		if strings.HasPrefix(e.Name(), ".") || !read.IsFolder(path) {
			continue
		}
		if own, err := k.list(path, 0); err == nil && len(own) > 0 || depth > 1 && k.in(path, depth-1) {
			return true
		}
	}
	return false
}

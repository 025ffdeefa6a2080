// This file holds what is checked of files to be written, before the work.

package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/stheno-ml/stheno/internal/files"
)

// OutputFlag is the flag -o of a verb.
func OutputFlag(c *cobra.Command, path *string, usage string) {
	c.Flags().StringVarP(path, "output", "o", "", usage)
}

// CheckOutput finds out before the work whether its result, of about so many bytes, can be written.
func CheckOutput(c *cobra.Command, path string, size int64) error {
	return CheckWritable(c, "output", "-o", path, size)
}

// CheckWritable is CheckOutput of the flag of a name, which is shown as in "-o".
func CheckWritable(c *cobra.Command, flag, shown, path string, size int64) error {
	if path == "" {
		if c.Flags().Changed(flag) {
			return Usagef("%s is empty, want the name of a file", shown)
		}
		return nil
	}
	if err := files.Probe(path, size); err != nil {
		return outputError{fmt.Errorf("%s %s: %w", shown, path, err)}
	}
	return nil
}

// CheckReplaced reports an output that would take the place of one of the inputs.
func CheckReplaced(path string, inputs ...string) error {
	return CheckReplacedBy("-o", path, inputs...)
}

// CheckReplacedBy is CheckReplaced of the output of a flag.
func CheckReplacedBy(flag, path string, inputs ...string) error {
	out, err := os.Stat(path)
	if err != nil {
		return nil // it is not there yet, and CheckOutput has tried it
	}
	for _, in := range inputs {
		if info, err := os.Stat(in); err == nil && os.SameFile(out, info) {
			return Usagef("%s %s would replace an input, %s: name another file", flag, path, in)
		}
	}
	return nil
}

// CheckApart reports two outputs to one file; each has its flag and its path, "" for none.
func CheckApart(outputs ...[2]string) error {
	for i, a := range outputs {
		for _, b := range outputs[:i] {
			if a[1] != "" && b[1] != "" && SameFile(a[1], b[1]) {
				return Usagef("%s and %s are one file, %s: name another for one of them", b[0], a[0], a[1])
			}
		}
	}
	return nil
}

// SameFile reports two names of one file, which need not be there yet.
func SameFile(a, b string) bool {
	x, failed := os.Stat(a)
	y, err := os.Stat(b)
	if failed == nil && err == nil {
		return os.SameFile(x, y)
	}
	return placeOf(a) == placeOf(b)
}

// placeOf is a path from the root, without links among its folders.
func placeOf(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	dir, name := filepath.Split(path)
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	return filepath.Join(dir, name)
}

// CheckDrawn reports a file for a drawing that is named as something else, that is an input, or that cannot be
// written.
func CheckDrawn(c *cobra.Command, flag, path string, inputs ...string) error {
	if ext := strings.ToLower(filepath.Ext(path)); path != "" && ext != ".svg" && ext != ".png" {
		return Usagef("--%s %s: unknown kind of picture %q; known are .svg and .png", flag, path, ext)
	}
	if err := CheckReplacedBy("--"+flag, path, inputs...); err != nil {
		return err
	}
	return CheckWritable(c, flag, "--"+flag, path, DrawingSize)
}

// DrawingSize is more than most drawings take, in bytes.
const DrawingSize = 256 << 10

// PageSize is about what a table of a long training takes.
const PageSize = 1 << 20

// CheckPictures reports what is named neither as a file for a grid of pictures, FILE.png, nor as a folder for each of
// them, DIR/, or cannot be written. Those in a folder have the names that are given.
func CheckPictures(c *cobra.Command, flag, shown, path string, names *regexp.Regexp) error {
	switch ext := strings.ToLower(filepath.Ext(path)); {
	case IsFolder(path):
		if err := files.ProbeFolder(path, DrawingSize, names.MatchString); err != nil {
			return outputError{fmt.Errorf("%s %s: %w", shown, path, err)}
		}
		return nil
	case path != "" && ext != ".png":
		return Usagef("%s %s: pictures are written as .png, not as %q; the name of a folder for each of them "+
			"ends in %c", shown, path, ext, filepath.Separator)
	}
	return CheckWritable(c, flag, shown, path, DrawingSize)
}

// IsFolder reports the name of a folder, one that is to be made if a separator is at the end.
func IsFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir() || path != "" && os.IsPathSeparator(path[len(path)-1])
}

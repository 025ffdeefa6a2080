package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func write(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

func put(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func link(t *testing.T, to, path string) string {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
	return path
}

func listed(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestOutputs: Probe and Replace answer alike, and a path that is refused is left as it was.
func TestOutputs(t *testing.T) {
	for _, row := range []struct {
		name string
		path func(t *testing.T, dir string) string
		want string // the reason, or "" and the file is written
	}{
		{"a new file", func(_ *testing.T, dir string) string { return dir + "/f" }, ""},
		{"a file that is there", func(t *testing.T, dir string) string { return put(t, dir+"/f", "old") }, ""},
		{"a folder", func(_ *testing.T, dir string) string { return dir }, "it is no regular file (a folder)"},
		{"a folder with a slash behind", func(_ *testing.T, dir string) string { return dir + "/" },
			"it is no regular file (a folder)"},
		{"a file of a folder that is missing", func(_ *testing.T, dir string) string { return dir + "/none/f" },
			"no such file or directory"},
		{"a missing name with a slash behind", func(_ *testing.T, dir string) string { return dir + "/f/" },
			"no such file or directory"},
		{"a path through a file", func(t *testing.T, dir string) string { return put(t, dir+"/f", "") + "/g" },
			"not a directory"},
		{"a device", func(*testing.T, string) string { return os.DevNull }, "it is no regular file (a device)"},
		{"a link to a device", func(t *testing.T, dir string) string { return link(t, os.DevNull, dir+"/l") },
			"it is no regular file (a device)"},
		{"a name of 255 bytes", func(_ *testing.T, dir string) string { return dir + "/" + strings.Repeat("n", 255) },
			""},
		{"a name of 256 bytes", func(_ *testing.T, dir string) string { return dir + "/" + strings.Repeat("n", 256) },
			"file name too long"},
		{"a link to a file", func(t *testing.T, dir string) string {
			return link(t, put(t, dir+"/f", "old"),
				dir+"/l")
		}, ""},
		{"a link to a file that is not there yet",
			func(t *testing.T, dir string) string { return link(t, "f", dir+"/l") }, ""},
		{"a link through a link to a folder above", func(t *testing.T, dir string) string {
			if err := errors.Join(os.MkdirAll(dir+"/a/b", 0o755), os.Mkdir(dir+"/c", 0o755)); err != nil {
				t.Fatal(err)
			}
			link(t, "../f", dir+"/a/b/l") // a/f, and not f
			return link(t, dir+"/a/b", dir+"/c/d") + "/l"
		}, ""},
		{"a link to itself", func(t *testing.T, dir string) string { return link(t, dir+"/l", dir+"/l") },
			"more than 40 symbolic links"},
		{"a link to a folder that is missing",
			func(t *testing.T, dir string) string { return link(t, "none/f", dir+"/l") }, "no such file or directory"},
	} {
		t.Run(row.name, func(t *testing.T) { checkOutput(t, row.path(t, t.TempDir()), row.want) })
	}
}

func checkOutput(t *testing.T, path, want string) {
	t.Helper()
	before, _ := os.Lstat(path)
	probed, replaced := Probe(path, 10), Replace(path, write("new"))
	if want != "" {
		if probed == nil || probed.Error() != want {
			t.Errorf("probe: got %v, want %s", probed, want)
		}
		if replaced == nil || replaced.Error() != "cannot write "+path+": "+want {
			t.Errorf("replace: got %v, want %s", replaced, want)
		}
	} else if got, err := os.ReadFile(path); probed != nil || replaced != nil || err != nil || string(got) != "new" {
		t.Errorf("probe: %v; replace: %v; the file is %q, %v", probed, replaced, got, err)
	}
	if after, _ := os.Lstat(path); before != nil && (after == nil || before.Mode() != after.Mode()) {
		t.Errorf("it was %v and is %v", before.Mode(), after)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*.tmp")); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

// TestStale: what a killed writer has left goes with the next write, what is another's or in use stays.
func TestStale(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "w")
	kept := []string{".w.0123456.tmp", ".w.0123456g.tmp", ".v.01234567.tmp", "w.01234567.tmp", ".w.01234567",
		".w.x.01234567.tmp"}
	for _, name := range append(kept, ".w.01234567.tmp", ".w.89abcdef.tmp") {
		put(t, filepath.Join(dir, name), "half")
	}
	if err := os.Mkdir(filepath.Join(dir, ".w.00000000.tmp"), 0o755); err != nil {
		t.Fatal(err)
	}
	held, err := os.Open(filepath.Join(dir, ".w.89abcdef.tmp"))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	mustLock(t, lock(held))
	if err := Replace(path, write("new")); err != nil {
		t.Fatal(err)
	}
	want := append(kept, ".w.89abcdef.tmp", ".w.00000000.tmp", "w")
	slices.Sort(want)
	if got := listed(t, dir); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestConcurrentWriters: writers of one path do not take each other's files for stale; the last one's content stays,
// whole.
func TestConcurrentWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 30 {
				text := strings.Repeat(fmt.Sprint(i), 10000)
				if err := Replace(path, write(text)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	got, err := os.ReadFile(path)
	if err != nil || len(got) != 10000 || !bytes.Equal(got, bytes.Repeat(got[:1], 10000)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if left := listed(t, filepath.Dir(path)); len(left) != 1 {
		t.Errorf("left behind: %q", left)
	}
}

// TestPanicLeavesNothing: a writer that panics leaves the old file and no other.
func TestPanicLeavesNothing(t *testing.T) {
	path := put(t, filepath.Join(t.TempDir(), "w"), "old")
	func() {
		defer func() { recover() }()
		Replace(path, func(io.Writer) error { panic("a fault") })
	}()
	if got, err := os.ReadFile(path); string(got) != "old" || err != nil || len(listed(t, filepath.Dir(path))) != 1 {
		t.Errorf("the file is %q, %v, beside it %q", got, err, listed(t, filepath.Dir(path)))
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	for _, row := range []struct {
		name, path string
		kind       error
		want       string
	}{
		{"a file", put(t, dir+"/f", "abc"), nil, ""},
		{"a link to a file", link(t, dir+"/f", dir+"/l"), nil, ""},
		{"a folder", dir, ErrNotRegular, dir + ": not a regular file (a folder)"},
		{"a device", os.DevNull, ErrNotRegular, os.DevNull + ": not a regular file (a device)"},
		{"nothing", dir + "/none", os.ErrNotExist, "stat " + dir + "/none: no such file or directory"},
	} {
		t.Run(row.name, func(t *testing.T) {
			f, info, err := Open(row.path)
			if row.kind == nil {
				if err != nil || info.Size() != 3 || f.Close() != nil {
					t.Errorf("got %v", err)
				}
			} else if !errors.Is(err, row.kind) || err.Error() != row.want {
				t.Errorf("got %v, want %s", err, row.want)
			}
		})
	}
}

// overlapping is how often one of many goroutines came in while another was inside.
func overlapping(t *testing.T, enter func() (leave func(), ok bool)) (overlaps, entered int32) {
	t.Helper()
	var inside, over, in atomic.Int32
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 300 {
				leave, ok := enter()
				if !ok {
					continue
				}
				in.Add(1)
				if inside.Add(1) > 1 {
					over.Add(1)
				}
				runtime.Gosched()
				inside.Add(-1)
				leave()
			}
		})
	}
	all.Wait()
	return over.Load(), in.Load()
}

// mustLock ends a test on a system without locks, by a skip where that is as it should be: on Linux, macOS and Windows
// it is a fault.
func mustLock(t *testing.T, outcome int) {
	t.Helper()
	switch {
	case outcome != lockMissing:
	case runtime.GOOS == "linux" || runtime.GOOS == "darwin" || runtime.GOOS == "windows":
		t.Fatal("no lock is given here")
	default:
		t.Skip("this system has no locks: nobody is refused, and nothing is surely stale")
	}
}

// TestHold: whoever asks for the lock of a path while another has it is refused, also while it is given back; it
// leaves no file.
func TestHold(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "lock")
	first, err := Hold(path)
	if err != nil {
		t.Fatal(err)
	}
	mustLock(t, lock(first.f))
	if _, err := Hold(path); !errors.Is(err, ErrTaken) || !Taken(path) {
		t.Errorf("a second one: %v", err)
	}
	first.Release()
	if Taken(path) || len(listed(t, dir)) != 0 {
		t.Errorf("after its end there is %q", listed(t, dir))
	}
	put(t, path, "") // of a process that was killed
	if Taken(path) {
		t.Error("what a killed process has left is taken")
	}
	over, in := overlapping(t, func() (func(), bool) {
		held, err := Hold(path)
		if err != nil && !errors.Is(err, ErrTaken) {
			t.Error(err)
		}
		return held.Release, err == nil
	})
	if over > 0 || in == 0 || len(listed(t, dir)) != 0 {
		t.Errorf("%d of %d came in beside another; there is %q", over, in, listed(t, dir))
	}
	over = 0
	for n := 0; n < 1000 && over == 0; n++ { // on a busy machine they may come in one after the other, once
		over, _ = overlapping(t, func() (func(), bool) { return func() {}, true })
	}
	if over == 0 {
		t.Error("without locks nobody came in beside another: the test sees nothing")
	}
	(*Held)(nil).Release()
}

// TestHoldMoved: the lock of a folder that was moved away goes on, and its end takes away no other's file.
func TestHoldMoved(t *testing.T) {
	dir := t.TempDir()
	old, moved := filepath.Join(dir, "old"), filepath.Join(dir, "moved")
	if err := os.Mkdir(old, 0o755); err != nil {
		t.Fatal(err)
	}
	first, err := Hold(filepath.Join(old, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	mustLock(t, lock(first.f))
	if err := errors.Join(os.Rename(old, moved), os.Mkdir(old, 0o755)); err != nil {
		if runtime.GOOS != "windows" {
			t.Fatal(err)
		}
		t.Skipf("Windows moves no folder of which a file is open: %v", err)
	}
	second, err := Hold(filepath.Join(old, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	if !Taken(filepath.Join(moved, "lock")) {
		t.Error("the folder that was moved is free")
	}
	first.Release()
	if !Taken(filepath.Join(old, "lock")) || Taken(filepath.Join(moved, "lock")) {
		t.Error("the end of one lock is that of the other")
	}
	second.Release()
}

// TestHoldRefused: what is no regular file, and what cannot be made, is refused.
func TestHoldRefused(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, link(t, put(t, dir+"/f", ""), dir+"/l")} {
		if _, err := Hold(path); !errors.Is(err, ErrNotRegular) {
			t.Errorf("%s: got %v", path, err)
		}
	}
	if _, err := Hold(dir + "/none/lock"); !errors.Is(err, os.ErrNotExist) || Taken(dir+"/none/lock") {
		t.Errorf("no folder: got %v", err)
	}
}

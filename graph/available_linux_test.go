package graph

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

// TestWhatLinuxTells: each of the files limits, without what the kernel gives away; what is not there does not.
func TestWhatLinuxTells(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"a/memory.max": "1000000\n", "a/memory.current": "700000\n", "a/memory.stat": "anon 5\ninactive_file 100000\n",
		"a/b/memory.max": "max\n", "a/b/memory.current": "9\n",
		"full/memory.max": "1000\n", "full/memory.current": "2000\n",
		"memory/old/memory.limit_in_bytes": "5000\n", "memory/old/memory.usage_in_bytes": "2000\n",
	} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name      string
		got, want int
	}{
		{"what is available and swap", meminfo("MemTotal: 9 kB\nMemAvailable:  5 kB\nSwapFree: 2 kB\n"), 7 * 1024},
		{"a kernel that does not tell", meminfo("MemTotal: 9 kB\n"), math.MaxInt},
		{"a group, without its files", cgroups("0::/a\n", root), 400000},
		{"a group below", cgroups("0::/a/b\n", root), 400000},
		{"a full group", cgroups("0::/full\n", root), 0},
		{"the first version", cgroups("3:cpu:/\n4:memory:/old\n0::/\n", root), 3000},
		{"no group", cgroups("0::/\n", root), math.MaxInt},
		{"what is no line of groups", cgroups("0\n\n::", root), math.MaxInt},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", c.name, c.got, c.want)
		}
	}
	if n := availableMemory(); n < 1<<20 || n > 1<<50 {
		t.Errorf("%d bytes here", n)
	}
}

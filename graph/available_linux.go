// This file holds availableMemory on Linux: the memory that the kernel, the control groups and the limits of the
// process leave.

package graph

import (
	"math"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"
)

// availableMemory tells how many bytes are available now. A limit that cannot be read does not count.
func availableMemory() int {
	most := math.MaxInt
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		most = min(most, meminfo(string(text)))
	}
	if text, err := os.ReadFile("/proc/self/cgroup"); err == nil {
		most = min(most, cgroups(string(text), "/sys/fs/cgroup"))
	}
	return min(most, addressSpace())
}

// meminfo is how many bytes are available by the text of /proc/meminfo: memory and free swap space.
func meminfo(text string) int {
	f := fields(text)
	if _, ok := f["MemAvailable:"]; !ok { // of an old kernel
		return math.MaxInt
	}
	return (f["MemAvailable:"] + f["SwapFree:"]) * 1024
}

// fields reads lines of a name and a number.
func fields(text string) map[string]int {
	all := map[string]int{}
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) > 1 {
			if n, err := strconv.Atoi(f[1]); err == nil {
				all[f[0]] = n
			}
		}
	}
	return all
}

// cgroup names the files in which control groups of one version keep their limits.
type cgroup struct {
	controller, folder, limit, usage string
	reclaimable                      []string // entries of memory.stat that usage counts and the kernel can free
}

var cgroupVersions = []cgroup{
	{"", "", "memory.max", "memory.current", []string{"inactive_file", "active_file", "slab_reclaimable"}},
	{"memory", "memory", "memory.limit_in_bytes", "memory.usage_in_bytes",
		[]string{"total_inactive_file", "total_active_file"}},
}

// cgroups is how many bytes the groups of /proc/self/cgroup and the groups above them leave, by the files under root.
func cgroups(text, root string) int {
	most := math.MaxInt
	for line := range strings.Lines(text) {
		part := strings.SplitN(strings.TrimSpace(line), ":", 3)
		for _, c := range cgroupVersions {
			if len(part) != 3 || part[1] != c.controller {
				continue
			}
			for at := path.Clean("/" + part[2]); ; at = path.Dir(at) {
				most = min(most, c.left(path.Join(root, c.folder, at)))
				if at == "/" {
					break
				}
			}
		}
	}
	return most
}

// left is the limit of one group minus the memory in use.
func (c cgroup) left(folder string) int {
	read := func(name string) (int, bool) {
		text, err := os.ReadFile(path.Join(folder, name))
		if err != nil {
			return 0, false
		}
		n, err := strconv.Atoi(strings.TrimSpace(string(text))) // "max" is no limit
		return n, err == nil
	}
	limit, limited := read(c.limit)
	usage, used := read(c.usage)
	if !limited || !used {
		return math.MaxInt
	}
	stat, _ := os.ReadFile(path.Join(folder, "memory.stat"))
	given := fields(string(stat))
	for _, name := range c.reclaimable {
		usage -= given[name]
	}
	return max(0, limit-max(0, usage))
}

// addressSpace is how many bytes ulimit -v leaves.
func addressSpace() int {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_AS, &l); err != nil || l.Cur > math.MaxInt {
		return math.MaxInt
	}
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return math.MaxInt
	}
	pages, _, _ := strings.Cut(string(text), " ")
	n, err := strconv.Atoi(pages)
	if err != nil {
		return math.MaxInt
	}
	return max(0, int(l.Cur)-n*os.Getpagesize())
}

package pages

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// largeBytes says how much of the mapping that holds the address lies in large pages.
func largeBytes(t *testing.T, address uintptr) (bytes int) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	head := regexp.MustCompile(`^([0-9a-f]+)-([0-9a-f]+) `)
	inside := false
	for _, line := range strings.Split(string(text), "\n") {
		if m := head.FindStringSubmatch(line); m != nil {
			first, _ := strconv.ParseUint(m[1], 16, 64)
			end, _ := strconv.ParseUint(m[2], 16, 64)
			inside = uint64(address) >= first && uint64(address) < end
		}
		if rest, ok := strings.CutPrefix(line, "AnonHugePages:"); ok && inside {
			kilobytes, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kilobytes << 10
		}
	}
	t.Fatal("no mapping holds the slice")
	return 0
}

// given is how many of n bytes the system lays into large pages that are asked for beside Go's memory.
func given(t *testing.T, n int) int {
	t.Helper()
	b, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(b)
	if err := syscall.Madvise(b, hugePage); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < n; i += 1 << 12 {
		b[i] = 1
	}
	return largeBytes(t, uintptr(unsafe.Pointer(&b[n/2])))
}

// TestPagesAreLarge: what Large was asked about lies in large pages once it is written to, where the system gives them
// for the asking; without asking it does not.
func TestPagesAreLarge(t *testing.T) {
	text, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/enabled")
	if err != nil || strings.Contains(string(text), "[never]") {
		t.Skipf("this system gives no large pages: %q, %v", text, err)
	}
	const n = 16 * size
	write := func(s []float64) int {
		for i := range s {
			s[i] = 1
		}
		return largeBytes(t, uintptr(unsafe.Pointer(&s[len(s)/2])))
	}
	asked := strings.Contains(string(text), "[madvise]") // and not always
	if got := write(make([]float64, n/8)); asked && got >= n/2 {
		t.Errorf("control: %d bytes lie in large pages though nothing was asked", got)
	}
	if got := write(Large(make([]float64, n/8))); got < n/2 {
		if referee := given(t, n); referee < n/2 {
			t.Skipf("the system has no large pages to give: %d bytes of %d", referee, n)
		}
		t.Errorf("%d bytes of %d lie in large pages", got, n)
	}
}

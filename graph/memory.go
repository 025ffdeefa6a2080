// This file holds how a program gets its memory: at the first Set or run, and only if there is enough.

package graph

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/stheno-ml/stheno/internal/reuse"
)

// littleMemory is how many bytes a program may take without a check of what is available.
const littleMemory = 64 << 20

// available tells how many bytes are available now. Tests put another function in its place.
var available = availableMemory

// KernelMemory returns how many bytes the kernels of this process keep for later runs, in addition to the [MemoryUse]
// of each program: operands laid out for products, columns and planes of convolutions. It is as much as the runs of
// all programs that went on at the same time have needed. It does not grow when they run again.
func KernelMemory() int { return reuse.Held() }

// ReleaseKernelMemory gives back the memory that [KernelMemory] counts, for example after the last run of a large
// program in a process that goes on. The next run of a program allocates what it needs once more.
func ReleaseKernelMemory() { reuse.Release() }

// need is the memory, in bytes, that a program takes in addition to [MemoryUse].
type need struct {
	inputs int
	at     int // instruction at which most of the arena is alive, -1 for none
	late   int // constants that are made with the first run

	largestInput, largestOutput *register
}

// measure sums up the memory that [Program.measure] leaves out.
func (n *need) measure(p *Program) {
	for v, r := range p.code.byNode {
		if v.kind == KindInput || v.kind == KindStep {
			n.inputs = added(n.inputs, r.t.Bytes())
			n.largestInput = larger(n.largestInput, r)
		}
	}
	seen := map[*register]bool{}
	for _, r := range p.code.live() {
		switch r = r.root; {
		case seen[r]:
		case r.store == inOutput:
			n.largestOutput = larger(n.largestOutput, r)
		case r.store == inConst && r.late != nil:
			n.late = added(n.late, r.t.Bytes())
		}
		seen[r] = true
	}
}

// larger is the register of more bytes, or of two of equal size the one that was made first.
func larger(a, b *register) *register {
	if a == nil || b.t.Bytes() > a.t.Bytes() || b.t.Bytes() == a.t.Bytes() && b.id < a.id {
		return b
	}
	return a
}

// memoryError says that a program needs more memory than is available.
type memoryError struct{ words string }

func (e *memoryError) Error() string { return e.words }

// allocate gives the program its memory, unless it has it. The error is a [*memoryError] when there is too little.
func (p *Program) allocate() error {
	p.cloning.Lock()
	defer p.cloning.Unlock()
	return p.allocateAlone()
}

// allocateAlone is allocate for a caller that holds p.cloning.
func (p *Program) allocateAlone() error {
	if p.values != nil {
		return nil
	}
	if err := p.affordable(); err != nil {
		return err
	}
	return p.bind()
}

// affordable compares the memory that the program needs with the memory that is available, after the garbage collector
// has given back what it can.
func (p *Program) affordable() error {
	bytes := p.needed()
	if bytes <= littleMemory || bytes <= obtainable() {
		return nil
	}
	if bytes <= maxBytes {
		debug.FreeOSMemory()
	}
	most := obtainable()
	if bytes <= most {
		return nil
	}
	return &memoryError{fmt.Sprintf("run: the program needs %s: %s; %s can be had: use a smaller batch or Checkpoint",
		Bytes(bytes), strings.Join(p.purposes(), ", "), Bytes(most))}
}

func (p *Program) needed() int {
	bytes := 0
	for _, n := range []int{p.memory.Arena, p.memory.Outputs, p.need.inputs, p.memory.Prepared, p.need.late,
		p.memory.States, p.unread()} {
		bytes = added(bytes, n)
	}
	return bytes
}

// unread is the memory of the parameters that nobody has read yet.
func (p *Program) unread() (bytes int) {
	for _, param := range p.code.params() {
		if !param.begun.Load() {
			bytes = added(bytes, param.t.Bytes())
		}
	}
	return bytes
}

// purposes lists what the memory is for.
func (p *Program) purposes() (list []string) {
	add := func(bytes int, format string, args ...any) {
		if bytes > 0 {
			list = append(list, Bytes(bytes)+" for "+fmt.Sprintf(format, args...))
		}
	}
	add(p.memory.Arena, "the arena%s", p.worstInstruction())
	add(p.memory.Outputs, "outputs%s", largest(p.need.largestOutput))
	add(p.need.inputs, "inputs%s", largest(p.need.largestInput))
	add(p.memory.Prepared, "what is prepared before the first run")
	add(p.need.late, "constants")
	add(p.memory.States, "states")
	add(p.unread(), "parameters")
	return list
}

// worstInstruction names the instruction at which most of the arena is alive.
func (p *Program) worstInstruction() string {
	i := p.need.at
	if i < 0 || i >= len(p.code.instrs) {
		return ""
	}
	in := p.code.instrs[i]
	where := opName(in.op)
	if in.scope != "" {
		where += " in " + in.scope
	}
	result := ""
	if len(in.out) > 0 {
		result = ": " + in.out[0].t.String()
	}
	return fmt.Sprintf(" (the most, %s, at instruction %d, %s%s)", Bytes(p.memory.PeakLive), i, where, result)
}

func largest(r *register) string {
	if r == nil {
		return ""
	}
	return fmt.Sprintf(" (the largest %s, %v)", r.name(), r.t)
}

// obtainable is how many bytes are available: by the system, by the memory limit of the Go runtime if one is set, and
// by the number of addresses.
func obtainable() int {
	most := min(available(), maxBytes)
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = min(most, int(limit)-int(m.Sys-m.HeapReleased))
	}
	return max(0, most)
}

// This file holds Machine, what the processor and the memory can do at most.

package bench

import (
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/kernel/gemm"
	"github.com/stheno-ml/stheno/internal/pages"
	"github.com/stheno-ml/stheno/internal/parallel"
)

// Machine is what a run can be measured against.
type Machine struct {
	CPU        string  // the processor's name, or its architecture where the system does not tell
	Form       string  // of the kernels in use: plain, avx2, avx512
	Threads    int     // GOMAXPROCS
	CoreGFLOPS float64 // multiply-adds in float32 without memory, on one core
	GFLOPS     float64 // the same on all threads
	CopyGBs    float64 // of copying 64 MB on all threads, read and written bytes together, in GB/s
}

// MeasureMachine takes about half a second. Each figure is the best of many tries, since other work can only slow
// them; those of multiply-adds take less than half a millisecond, so that on a busy machine some have all processors
// for themselves.
func MeasureMachine() Machine {
	m := Machine{CPU: cpuName(), Threads: runtime.GOMAXPROCS(0), Form: form.Active().String()}
	rounds := roundsOf(30 * time.Microsecond)
	blocks := 8 * m.Threads
	for range 500 {
		m.CoreGFLOPS = max(m.CoreGFLOPS, rate(func() int { return gemm.MultiplyAdds(8 * rounds) }))
		m.GFLOPS = max(m.GFLOPS, rate(func() int {
			parallel.Run(blocks, multiplyAdds(rounds))
			return blocks * gemm.MultiplyAdds(1) * rounds
		}))
	}
	copying := &copyBlocks{pages.Large(make([]byte, copySize)), pages.Large(make([]byte, copySize))}
	for range 10 {
		m.CopyGBs = max(m.CopyGBs, rate(func() int {
			parallel.Run(copySize/copyBlock, copying)
			return 2 * copySize
		}))
	}
	return m
}

// rate is what work returns, in thousands of millions a second.
func rate(work func() int) float64 {
	start := time.Now()
	n := work()
	return float64(n) / float64(time.Since(start).Nanoseconds())
}

// roundsOf is the number of rounds of multiply-adds that take about so long, undisturbed.
func roundsOf(d time.Duration) int {
	for rounds := 1; ; rounds *= 2 {
		took := d
		for try := 0; try < 10 && took >= d; try++ {
			start := time.Now()
			gemm.MultiplyAdds(rounds)
			took = time.Since(start)
		}
		if took >= d {
			return rounds
		}
	}
}

// multiplyAdds is a parallel body whose blocks have so many rounds.
type multiplyAdds int

func (rounds multiplyAdds) Block(int) { gemm.MultiplyAdds(int(rounds)) }

const copySize, copyBlock = 64 << 20, 1 << 20

type copyBlocks struct{ dst, src []byte }

func (c *copyBlocks) Block(i int) {
	lo, hi := parallel.Bounds(i, copyBlock, copySize)
	copy(c.dst[lo:hi], c.src[lo:hi])
}

// cpuName reads the model of the processor where Linux tells it.
func cpuName() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(info)) {
		if key, name, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(name)
		}
	}
	return runtime.GOARCH
}

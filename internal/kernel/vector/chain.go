package vector

// Several elementwise functions, one after the other, a block of elements at a time, so that results between them stay
// in the first-level cache.

import (
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

const (
	// MaxSteps is the largest number of functions in a chain.
	MaxSteps = 16
	// MaxInputs is the largest number of inputs of a chain.
	MaxInputs = 12

	// chainBlock is how many elements go through all steps at a time. A few values in use, of 4 kB each in float32,
	// fit the first-level cache.
	chainBlock = 1024
)

// A Step is one function of a chain. Args are numbers of values: the inputs of the chain come first, then the results
// of its steps. A step of three arguments is the second where the first is not 0, and the third elsewhere.
type Step struct {
	Arity  uint8
	Unary  UnaryFunc
	Binary BinaryFunc
	P, Q   float64
	Args   [3]uint8
}

// A Chain is a list of steps. The last one gives the result. Chains are comparable.
type Chain struct {
	inputs, steps int
	step          [MaxSteps]Step
	slot          [MaxSteps]uint8 // the temporary that holds the result of the step
}

// NewChain returns the chain of the given steps. It panics if there are too many steps or inputs, or no step.
func NewChain(inputs int, steps ...Step) Chain {
	if inputs > MaxInputs || len(steps) > MaxSteps || len(steps) == 0 {
		panic("kernel: a chain of too many inputs or steps, or of none")
	}
	c := Chain{inputs: inputs, steps: len(steps)}
	copy(c.step[:], steps)
	var last [MaxInputs + MaxSteps]int // the last step that reads a value
	for s := range steps {
		for _, v := range c.args(s) {
			last[v] = s
		}
	}
	var taken [MaxSteps]bool
	for s := range steps {
		// the result may take the place of an argument that no later step reads
		for _, v := range c.args(s) {
			if k := int(v) - inputs; k >= 0 && last[v] == s {
				taken[c.slot[k]] = false
			}
		}
		for taken[c.slot[s]] {
			c.slot[s]++
		}
		taken[c.slot[s]] = true
	}
	return c
}

func (c *Chain) args(s int) []uint8 { return c.step[s].Args[:c.step[s].Arity] }

// Inputs returns the number of inputs.
func (c *Chain) Inputs() int { return c.inputs }

// Steps returns the steps of the chain.
func (c *Chain) Steps() []Step { return c.step[:c.steps] }

// An Input of a chain is broadcast: element i of the result reads Data[i/Inner%len(Data)]. Inner is 1 for a value of
// the result's shape, for a scalar, and for a value that varies along the last axes only. For a value that varies
// along other neighbouring axes, Inner is the size of the axes after them.
type Input[T scalar.Float] struct {
	Data  []T
	Inner int
}

// block returns the elements [lo, hi). They are copied to temp if they do not lie side by side in Data. A scalar stays
// one element.
func (in *Input[T]) block(lo, hi int, temp []T) []T {
	n := len(in.Data)
	if n == 1 {
		return in.Data
	}
	if at := lo % n; in.Inner == 1 && at+hi-lo <= n {
		return in.Data[at : at+hi-lo]
	}
	temp = temp[:hi-lo]
	for i := lo; i < hi; {
		k, run := i/in.Inner%n, in.Inner-i%in.Inner
		if in.Inner == 1 {
			run = min(n-k, hi-i)
			copy(temp[i-lo:], in.Data[k:k+run])
		} else {
			run = min(run, hi-i)
			Fill(temp[i-lo:i-lo+run], in.Data[k])
		}
		i += run
	}
	return temp
}

// RunChain sets dst to the result of c for the inputs. dst may be an input of the same length. The bits are those that
// the functions give one after the other.
func RunChain[T scalar.Float](c *Chain, dst []T, in *[MaxInputs]Input[T]) {
	if runStep(c, dst, in) {
		return
	}
	j := reuse.Take[chainJob[T], T](&chainJobs)
	j.Chain, j.dst, j.in = *c, dst, *in
	if blocks := parallel.Blocks(len(dst), BlockSize); len(dst)*c.steps < ParallelFrom {
		for i := range blocks {
			j.Block(i)
		}
	} else {
		parallel.Run(blocks, j)
	}
	reuse.Give[T](&chainJobs, j)
}

// runStep runs a chain of one function of whole vectors or scalars, which needs no blocks. It reports false for other
// chains.
func runStep[T scalar.Float](c *Chain, dst []T, in *[MaxInputs]Input[T]) bool {
	s := &c.step[0]
	if c.steps > 1 || s.Arity > 2 {
		return false
	}
	for _, v := range c.args(0) {
		if n := len(in[v].Data); n != len(dst) && (n != 1 || s.Arity == 1) {
			return false
		}
	}
	if s.Arity == 1 {
		Unary(s.Unary, dst, in[s.Args[0]].Data, s.P, s.Q)
	} else {
		Binary(s.Binary, dst, in[s.Args[0]].Data, in[s.Args[1]].Data, s.P, s.Q)
	}
	return true
}

var chainJobs, chainTempPool reuse.Jobs

type chainJob[T scalar.Float] struct {
	Chain
	dst []T
	in  [MaxInputs]Input[T]
}

// chainTemps is the working memory of one goroutine.
type chainTemps[T scalar.Float] struct {
	step  [MaxSteps][chainBlock]T
	input [MaxInputs][chainBlock]T
}

func (j *chainJob[T]) Block(i int) {
	lo, hi := parallel.Bounds(i, BlockSize, len(j.dst))
	t := reuse.Take[chainTemps[T], T](&chainTempPool)
	for ; lo < hi; lo += chainBlock {
		j.block(lo, min(lo+chainBlock, hi), t)
	}
	// t is not cleared: it holds no pointers, and clearing it would take longer than the steps
	reuse.Keep[T](&chainTempPool, t)
}

// block takes the elements [lo, hi) through all steps. Only the last step writes to dst.
func (j *chainJob[T]) block(lo, hi int, t *chainTemps[T]) {
	var v [MaxInputs + MaxSteps][]T
	for k := range j.inputs {
		v[k] = j.in[k].block(lo, hi, t.input[k][:])
	}
	for s := range j.steps {
		out := t.step[j.slot[s]][:hi-lo]
		if s == j.steps-1 {
			out = j.dst[lo:hi]
		}
		st := &j.step[s]
		a, b, c := v[st.Args[0]], v[st.Args[1]], v[st.Args[2]]
		switch st.Arity {
		case 1:
			UnaryRow(st.Unary, out[:len(a)], a, T(st.P), T(st.Q))
			if len(a) < len(out) {
				Fill(out, out[0])
			}
		case 2:
			BinaryRow(st.Binary, out, a, b, T(st.P), T(st.Q))
		default:
			ternary(out, a, stepOf(a), b, stepOf(b), c, stepOf(c))
		}
		v[j.inputs+s] = out
	}
}

// stepOf is the distance between neighbouring elements: 0 for a scalar.
func stepOf[T scalar.Float](x []T) int { return min(len(x)-1, 1) }

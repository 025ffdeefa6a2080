package vector

// Trees of elementwise functions, computed a block at a time so that what lies between them stays in the
// first-level cache.

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

	// chainBlock is how many elements go through all steps at a time: with a few values of 4 kB alive, they
	// fit the first-level cache.
	chainBlock = 1024
)

// A Step is one function of a chain. Its arguments are numbers of values: first the inputs of the chain, then
// the results of its steps. A step of three arguments is the second where the first is not 0, else the third.
type Step struct {
	Arity  uint8
	Unary  UnaryFunc
	Binary BinaryFunc
	P, Q   float64
	Args   [3]uint8
}

// A Chain is a program of steps, of which the last gives the result. Chains are comparable.
type Chain struct {
	inputs, steps int
	step          [MaxSteps]Step
	slot          [MaxSteps]uint8 // of the temporary that holds the step's result
}

// NewChain returns the chain of the given steps. It panics when there are too many of them, or of inputs.
func NewChain(inputs int, steps ...Step) Chain {
	if inputs > MaxInputs || len(steps) > MaxSteps || len(steps) == 0 {
		panic("kernel: a chain of too many inputs or steps, or of none")
	}
	c := Chain{inputs: inputs, steps: len(steps)}
	copy(c.step[:], steps)
	var last [MaxInputs + MaxSteps]int // step that reads a value last
	for s := range steps {
		for _, v := range c.args(s) {
			last[v] = s
		}
	}
	var taken [MaxSteps]bool
	for s := range steps {
		for _, v := range c.args(s) { // the result may take the place of an argument that dies here
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

// An Input of a chain is broadcast: element i of the result reads Data[i/Inner%len(Data)]. A value of the
// result's shape, a scalar, and one that varies along the last axes only have Inner 1; one that varies along
// other neighbouring axes has the size of what follows them.
type Input[T scalar.Float] struct {
	Data  []T
	Inner int
}

// block returns elements [lo, hi), in temp if they do not lie in memory so; a single one stays single.
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

// RunChain sets dst to the result of c for the inputs. dst may be an input that has its length. Every element is
// computed as by the functions one after the other, to the bit.
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

// runStep runs a chain that is one function of whole vectors or scalars, which needs no blocks.
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
	// as it is: it holds no pointers, and clearing it would take longer than the steps
	reuse.Keep[T](&chainTempPool, t)
}

// block takes elements [lo, hi) through all steps. Only the last writes to dst.
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

// stepOf is the distance between neighbours: 0 for a scalar.
func stepOf[T scalar.Float](x []T) int { return min(len(x)-1, 1) }

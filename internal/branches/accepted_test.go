//go:build linux

package branches

// acceptedKernels and acceptedPasses are the outcomes that the tests of their packages do not reach.
var (
	acceptedKernels = []acceptance{
		{"cells.go: lstmStepGrad: single[T]()", false, "the tables of package ops reach it"},
		{"chain.go: NewChain: inputs > MaxInputs", true, "a chain that is too long is a mistake of this module, and panics"},
		{"chain.go: NewChain: len(steps) > MaxSteps", true, "a chain that is too long is a mistake of this module, and panics"},
		{"chain.go: NewChain: len(steps) == 0", true, "a chain that is too long is a mistake of this module, and panics"},
		{"cpu_amd64.go: bestForm: x.HasAVX2", false, "it depends on the processor"},
		{"cpu_amd64.go: bestForm: x.HasFMA", false, "it depends on the processor"},
		{"cpu_amd64.go: bestForm: x.HasAVX512F", false, "it depends on the processor"},
		{"cpu_amd64.go: bestForm: x.HasAVX512BW", false, "it depends on the processor"},
		{"cpu_amd64.go: bestForm: x.HasAVX512DQ", false, "it depends on the processor"},
		{"cpu_amd64.go: bestForm: x.HasAVX512VL", false, "it depends on the processor"},
		{"cpu_amd64.go: bestForm: x.HasBMI2", false, "it depends on the processor"},
		{"crossentropy.go: Grad: c.Sum", true, "the tables of package ops reach it"},
		{"elementwise.go: unary: default", true, "a function that does not exist is a mistake of this module, and panics"},
		{"elementwise.go: binaryVectors: default", true, "a function that does not exist is a mistake of this module, and panics"},
		{"elementwise_amd64.go: lstmStepFast: len(h) == 0", true, "no layer has a state without elements"},
		{"elementwise_amd64.go: lstmStepGradFast: len(dh) == 0", true, "no layer has a state without elements"},
		{"loss.go: OutsideUnit: v < 0", true, "the tables of package ops reach it"},
		{"loss.go: OutsideUnit: v > 1", true, "the tables of package ops reach it"},
		{"norm.go: GroupNormGrad: dx != nil", false, "the tables of package ops reach it"},
		{"norm.go: batchStats: j.mean != nil", false, "the tables of package ops reach it"},
		{"norm.go: batchStats: j.spread != nil", false, "the tables of package ops reach it"},
		{"norm.go: batchNormGrad: j.y == nil", true, "the tables of package ops reach it"},
		{"norm.go: split: isNaN(rest)", true, "an infinite mean is told before"},
		{"recurrent.go: RecurrentBackward: single[T]()", false, "the tables of package ops reach it"},
		{"reduce.go: Reduce: len(dst) == 0", true, "the tables of package ops reach it"},
		{"reduce.go: argReduce: len(x) == 0", true, "the tables of package ops reach it"},
		{"reduce.go: nothing: j.f != Sum", true, "the tables of package ops reach it"},
		{"rows.go: dot: len(y) >= 4", false, "the operands are of one length"},
		{"rows.go: columnSums: rows == 0", true, "no plan of a reduction or a normalisation has columns without rows"},
		{"rows.go: columnSquares: rows == 0", true, "no plan of a reduction or a normalisation has columns without rows"},
		{"rows.go: columnDots: rows == 0", true, "no plan of a reduction or a normalisation has columns without rows"},
		{"rows.go: columnDotsEach: rows == 0", true, "no plan of a reduction or a normalisation has columns without rows"},
		{"softmax.go: runSoftmax: len(job.y) == 0", true, "the tables of package ops reach it"},
		{"update.go: vectors: mNew != nil", false, "the tables of package ops reach it"},
	}
	acceptedPasses = []acceptance{}
)

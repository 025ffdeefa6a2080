// This file holds the voice detector of Silero.

package rnn

import (
	"errors"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// VoiceDetector tells where in a recording somebody speaks. It reads sound at 16 kHz in chunks of 512 samples, each
// behind the last 64 of the chunk before, and carries its state on from chunk to chunk:
//
//	x (N, T, 576) T chunks
//	64 samples more, mirrored at the end                                 (N·T, 1, 640)
//	short-time Fourier transform, windows of 256 each 128 samples        (N·T, 258, 4)
//	√(real² + imaginary²) of 129 frequencies                             (N·T, 129, 4)
//	convolutions of 3, strides 1, 2, 2, 1, each with ReLU                (N·T, 128, 1)
//	LSTM over the chunks                                                 (N, T, 128)
//	sigmoid(final_conv(ReLU(h)))                                         (N, T) probability of speech
//
// The transform is a convolution, whose weight has the cosines of all frequencies and then the sines, in a window.
// [VoiceDetector.Speech] does all of it. The weights come from a file, see [VoiceDetectorName].
//
// Silero Team, "Silero VAD: pre-trained enterprise-grade voice activity detector", version 5, 2024,
// github.com/snakers4/silero-vad.
type VoiceDetector struct {
	STFT  *nn.Conv1D    // (258, 1, 256)
	Convs [4]*nn.Conv1D // (128, 129, 3), (64, 128, 3), (64, 64, 3), (128, 64, 3)
	LSTM  *nn.LSTM
	Final *nn.Conv1D // (1, 128, 1)

	scope *nn.Scope
}

// The sizes of a [VoiceDetector].
const (
	VoiceRate    = 16000 // samples a second
	VoiceChunk   = 512   // samples of a chunk that are new
	voiceContext = 64    // and of those before
	voiceWindow  = 256   // of the Fourier transform
	voiceBands   = voiceWindow/2 + 1
	voiceHidden  = 128
)

// NewVoiceDetector makes the model, with 309,633 parameters: 66,048 of the transform, 111,360 of the convolutions,
// 132,096 of the LSTM and 129.
func NewVoiceDetector() *VoiceDetector {
	s := nn.NewScope()
	conv := func(name string, in, out, stride int) *nn.Conv1D {
		return nn.NewConv1D(s.Sub(name), in, out, 3, ops.Conv{Stride: stride, Pad: 1})
	}
	return &VoiceDetector{
		STFT: nn.NewConv1D(s.Sub("stft_conv"), 1, 2*voiceBands, voiceWindow, ops.Conv{Stride: voiceWindow / 2},
			nn.Affine{NoBias: true}),
		Convs: [4]*nn.Conv1D{
			conv("conv1", voiceBands, 128, 1),
			conv("conv2", 128, 64, 2),
			conv("conv3", 64, 64, 2),
			conv("conv4", 64, voiceHidden, 1),
		},
		LSTM:  nn.NewLSTM(s.Sub("lstm_cell"), voiceHidden, voiceHidden, nn.Recurrent{}),
		Final: nn.NewConv1D(s.Sub("final_conv"), voiceHidden, 1, 1, ops.Conv{}),
		scope: s,
	}
}

// Params returns stft_conv.weight, conv1.weight, …, lstm_cell.weight_ih_l0, …, final_conv.bias.
func (m *VoiceDetector) Params() *nn.Params { return m.scope.Params() }

// Forward maps x (N, T, 576), the chunks from the begin of a recording on, to the probability of speech in each (N,
// T).
func (m *VoiceDetector) Forward(x graph.Node) graph.Node {
	h := m.encode(x) // (N, T, 128)
	if !h.Valid() {
		return h
	}
	return m.decide(m.LSTM.Forward(h))
}

// Continue is Forward from the state in which the run before ended. The state is zero at first, and after
// graph.Program.Reset.
func (m *VoiceDetector) Continue(x graph.Node) graph.Node {
	h := m.encode(x) // (N, T, 128)
	if !h.Valid() {
		return h
	}
	g := x.Graph()
	state := nn.State{H: g.State("h", 1, x.Dim(0), voiceHidden), C: g.State("c", 1, x.Dim(0), voiceHidden)}
	h, next := m.LSTM.ForwardFrom(state, h, graph.Node{})
	g.Assign(state.H, next.H)
	g.Assign(state.C, next.C)
	return m.decide(h)
}

// encode describes each chunk by itself.
func (m *VoiceDetector) encode(x graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	if x.Rank() != 3 || x.Dim(2) != voiceContext+VoiceChunk {
		return graph.Failf("voice", []graph.Node{x}, "x is %v, want (N, T, %d): see VoiceChunks", x.Type(),
			voiceContext+VoiceChunk)
	}
	h := ops.Reshape(x, -1, 1, x.Dim(2))                             // (N·T, 1, 576)
	h = ops.PadReflect(h, []int{0, 0, 0}, []int{0, 0, voiceContext}) // (N·T, 1, 640)
	h = m.STFT.Forward(h)                                            // (N·T, 258, 4)
	h = ops.Square(h)
	cosines, sines := ops.Slice(h, 1, 0, voiceBands, 1), ops.Slice(h, 1, voiceBands, 2*voiceBands, 1)
	h = ops.Sqrt(ops.Add(cosines, sines)) // (N·T, 129, 4)
	for _, c := range m.Convs {
		h = ops.ReLU(c.Forward(h))
	} // (N·T, 128, 1)
	return ops.Reshape(h, x.Dim(0), x.Dim(1), voiceHidden) // (N, T, 128)
}

// decide maps what the LSTM gives (N, T, 128) to probabilities (N, T).
func (m *VoiceDetector) decide(h graph.Node) graph.Node {
	y := m.Final.Forward(ops.Swap(ops.ReLU(h), 1, 2)) // (N, 1, T)
	return ops.Squeeze(ops.Sigmoid(y), 1)             // (N, T)
}

// VoiceDetectorName is what a [VoiceDetector] calls a tensor of Silero's file silero_vad_16k.safetensors, in which the
// LSTM is one of PyTorch's cells. It is for nn.LoadOptions.Rename:
//
//	model := rnn.NewVoiceDetector()
//	_, err := model.Params().LoadWith("silero_vad_16k.safetensors", nn.LoadOptions{Rename: rnn.VoiceDetectorName})
func VoiceDetectorName(name string) string {
	if strings.HasPrefix(name, "lstm_cell.") {
		return name + "_l0"
	}
	return name
}

// VoiceChunks cuts samples into the chunks that a [VoiceDetector] reads (1, T, 576), with zeros before the first and
// behind the last sample.
func VoiceChunks(samples []float32) graph.Tensor {
	n := (len(samples) + VoiceChunk - 1) / VoiceChunk
	x := graph.NewTensor(graph.Type{Shape: graph.Shape{1, n, voiceContext + VoiceChunk}})
	for i := range n {
		chunk, from := x.F32[i*(voiceContext+VoiceChunk):(i+1)*(voiceContext+VoiceChunk)], i*VoiceChunk-voiceContext
		if from < 0 {
			chunk, from = chunk[-from:], 0
		}
		copy(chunk, samples[from:])
	}
	return x
}

// Span is a part of a recording, in seconds.
type Span struct{ From, To float64 }

// voiceBlock is how many chunks are read at a time: 8 seconds.
const voiceBlock = 250

// Probabilities returns the probability of speech in each chunk of a recording of one channel at 16 kHz.
func (m *VoiceDetector) Probabilities(samples []float32) ([]float32, error) {
	if len(samples) == 0 {
		return nil, errors.New("voice: there is no sample")
	}
	g := &graph.Graph{}
	x := g.Input("x", 1, voiceBlock, voiceContext+VoiceChunk)
	y := m.Continue(x)
	prog, err := g.Compile(y)
	if err != nil {
		return nil, err
	}
	chunks := VoiceChunks(samples)
	block := graph.NewTensor(x.Type())
	var all []float32
	for rest := chunks.F32; len(rest) > 0; {
		n := copy(block.F32, rest)
		clear(block.F32[n:])
		prog.Set(x, block)
		if err := prog.Run(); err != nil {
			return nil, err
		}
		all = append(all, prog.Value(y).F32...)
		rest = rest[n:]
	}
	return all[:chunks.Shape[1]], nil
}

// How speech is parted from silence, as Silero's get_speech_timestamps does by default.
const (
	voiceBegins = .5                    // the probability from which on somebody speaks
	voiceEnds   = .35                   // and below which nobody does
	voicePause  = VoiceRate / 10        // so many samples of which end a span
	voiceLeast  = VoiceRate / 4         // a shorter span is a noise
	voiceMargin = VoiceRate * 30 / 1000 // is added on both sides, as far as the neighbours let it
)

// Speech returns where somebody speaks in a recording of one channel at 16 kHz. A span begins where the probability of
// speech reaches .5, and ends where it falls below .35 and stays below .5 for 100 ms; spans of up to 250 ms are left
// out, and the others get 30 ms more on both sides, or half of what is between two of them.
func (m *VoiceDetector) Speech(samples []float32) ([]Span, error) {
	probabilities, err := m.Probabilities(samples)
	if err != nil {
		return nil, err
	}
	return voiceSpans(probabilities, len(samples)), nil
}

// voiceSpans are the spans of speech in a recording of n samples.
func voiceSpans(probabilities []float32, n int) []Span {
	var spans [][2]int // in samples
	begin, end := -1, -1
	add := func(end int) {
		if end-begin > voiceLeast {
			spans = append(spans, [2]int{begin, end})
		}
	}
	for i, p := range probabilities {
		at := i * VoiceChunk
		switch {
		case p >= voiceBegins && begin < 0:
			begin, end = at, -1
		case p >= voiceBegins:
			end = -1
		case p >= voiceEnds || begin < 0:
		default:
			if end < 0 {
				end = at
			}
			if at-end >= voicePause {
				add(end)
				begin = -1
			}
		}
	}
	if begin >= 0 {
		add(n)
	}
	return widened(spans, n)
}

// widened adds the margins, and gives spans in seconds.
func widened(spans [][2]int, n int) []Span {
	all := make([]Span, len(spans))
	for i, s := range spans {
		before, behind := s[0], n-s[1]
		if i > 0 {
			before = (s[0] - spans[i-1][1]) / 2
		}
		if i+1 < len(spans) {
			behind = (spans[i+1][0] - s[1]) / 2
		}
		all[i] = Span{
			From: float64(s[0]-min(before, voiceMargin)) / VoiceRate,
			To:   float64(s[1]+min(behind, voiceMargin)) / VoiceRate,
		}
	}
	return all
}

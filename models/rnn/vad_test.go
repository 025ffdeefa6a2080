package rnn_test

import (
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/rnn"
	"github.com/stheno-ml/stheno/nn"
)

// silero is the folder of the published weights and of a minute of speech.
var silero = filepath.Join("..", "..", "..", "shared", "data", "pretrained", "silero-vad")

// loadDetector reads the published weights.
func loadDetector() (*rnn.VoiceDetector, error) {
	m := rnn.NewVoiceDetector()
	_, err := m.Params().LoadWith(filepath.Join(silero, "silero_vad_16k.safetensors"),
		nn.LoadOptions{Rename: rnn.VoiceDetectorName})
	return m, err
}

// TestVoiceDetectorNamesAndCount: the count of the doc comment, and the names of the file with PyTorch's cell as its
// layer.
func TestVoiceDetectorNamesAndCount(t *testing.T) {
	m := rnn.NewVoiceDetector()
	var names []string
	for p := range m.Params().All() {
		names = append(names, p.Name())
	}
	want := "stft_conv.weight conv1.weight conv1.bias conv2.weight conv2.bias conv3.weight conv3.bias conv4.weight " +
		"conv4.bias lstm_cell.weight_ih_l0 lstm_cell.weight_hh_l0 lstm_cell.bias_ih_l0 lstm_cell.bias_hh_l0 " +
		"final_conv.weight final_conv.bias"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("the parameters are %s, want %s", got, want)
	}
	if got := m.Params().Count(); got != 309_633 {
		t.Errorf("%d parameters, want 309,633", got)
	}
}

// TestVoiceDetectorKnownAnswers: what the published model answers to silence and to the begin of a minute of speech.
func TestVoiceDetectorKnownAnswers(t *testing.T) {
	m, err := loadDetector()
	if os.IsNotExist(err) {
		t.Skip("the published weights are not there: ", silero)
	}
	if err != nil {
		t.Fatal(err)
	}
	sound, err := data.ReadWAV(filepath.Join(silero, "test.wav"))
	if err != nil {
		t.Fatal(err)
	}
	// shared/data/SOURCES.md, by the published ONNX file
	for _, c := range []struct {
		name    string
		samples []float32
		want    []float32
	}{
		{"576 zeros", make([]float32, rnn.VoiceChunk), []float32{.0180066}},
		{"speech", sound.Mono(), []float32{.450713, .879064, .892211, .997603, .999116}},
	} {
		got, err := m.Probabilities(c.samples)
		if err != nil {
			t.Fatal(err)
		}
		if n := (len(c.samples) + rnn.VoiceChunk - 1) / rnn.VoiceChunk; len(got) != n {
			t.Errorf("%s: %d probabilities, want %d", c.name, len(got), n)
		}
		for i, want := range c.want {
			if math.Abs(float64(got[i]-want)) > 1e-5 {
				t.Errorf("%s: chunk %d has %.7f, want %.7f", c.name, i, got[i], want)
			}
		}
	}
	quiet := slices.Clone(sound.Mono()[:5*rnn.VoiceChunk])
	for i := range quiet {
		quiet[i] *= 1e-3
	}
	if got, err := m.Probabilities(quiet); err != nil || math.Abs(float64(got[4])-.999116) < .1 {
		t.Errorf("negative control: speech that nobody hears has %v; error %v", got, err)
	}
}

// TestVoiceDetectorMinute: the model marks the speech in a minute of it.
func TestVoiceDetectorMinute(t *testing.T) {
	m, err := loadDetector()
	if os.IsNotExist(err) {
		t.Skip("the published weights are not there: ", silero)
	}
	if err != nil {
		t.Fatal(err)
	}
	sound, err := data.ReadWAV(filepath.Join(silero, "test.wav"))
	if err != nil {
		t.Fatal(err)
	}
	samples := sound.Mono()
	spans, err := m.Speech(samples)
	if err != nil {
		t.Fatal(err)
	}
	// What a person hears: sentences with pauses of some tenths of a second. Recorded from this model.
	const first = "[{0.002 2.046} {2.658 4.734} {4.962 6.91} {9.314 13.342}]"
	if got := fmt.Sprint(spans[:4]); len(spans) != 17 || got != first {
		t.Errorf("%d spans, first %v, want 17 and %s", len(spans), got, first)
	}
	// Speech is louder than its pauses: 20 dB here.
	speech, pause, at := tally{}, tally{}, 0
	for _, s := range append(spans, rnn.Span{From: sound.Seconds(), To: sound.Seconds()}) {
		from, to := int(s.From*rnn.VoiceRate), int(s.To*rnn.VoiceRate)
		pause.add(samples[at:from])
		speech.add(samples[from:to])
		at = to
	}
	if speech.power() < 30*pause.power() {
		t.Errorf("the power of speech is %g, of pauses %g", speech.power(), pause.power())
	}
}

// tally is a sum of squares.
type tally struct {
	sum float64
	n   int
}

func (t *tally) add(samples []float32) {
	for _, v := range samples {
		t.sum += float64(v) * float64(v)
	}
	t.n += len(samples)
}

func (t *tally) power() float64 { return t.sum / float64(t.n) }

// TestVoiceDetectorContinue: chunks one by one, with the state carried on, have the probabilities of all at once.
func TestVoiceDetectorContinue(t *testing.T) {
	m := rnn.NewVoiceDetector()
	samples := make([]float32, 3*rnn.VoiceChunk-100)
	for i := range samples {
		samples[i] = float32(math.Sin(float64(i*i) / 3000))
	}
	chunks := rnn.VoiceChunks(samples) // (1, 3, 576)
	run := func(forward func(graph.Node) graph.Node, parts int) (all []float32) {
		n := 3 / parts
		g := &graph.Graph{}
		x := g.Input("x", 1, n, 576)
		y := forward(x)
		prog, err := g.Compile(y)
		if err != nil {
			t.Fatal(err)
		}
		for i := range parts {
			prog.Set(x, chunks.F32[i*n*576:(i+1)*n*576])
			if err := prog.Run(); err != nil {
				t.Fatal(err)
			}
			all = append(all, prog.Value(y).F32...)
		}
		return all
	}
	near := func(a, b []float32) bool {
		return slices.EqualFunc(a, b, func(a, b float32) bool { return a-b < 1e-6 && b-a < 1e-6 })
	}
	whole := run(m.Forward, 1)
	if got := run(m.Continue, 3); !near(got, whole) {
		t.Errorf("one by one %v, at once %v", got, whole)
	}
	if got, err := m.Probabilities(samples); err != nil || !near(got, whole) {
		t.Errorf("of the samples %v, at once %v; error %v", got, whole, err)
	}
	if got := run(m.Forward, 3); near(got, whole) {
		t.Error("negative control: the chunks do not depend on those before")
	}
}

// TestVoiceChunks: a chunk begins with the last 64 samples of the one before; zeros stand before and behind all.
func TestVoiceChunks(t *testing.T) {
	samples := make([]float32, 600)
	for i := range samples {
		samples[i] = float32(i + 1)
	}
	x := rnn.VoiceChunks(samples)
	if !x.Shape.Equal(graph.Shape{1, 2, 576}) {
		t.Fatalf("the shape is %v", x.Shape)
	}
	for at, want := range map[int]float32{63: 0, 64: 1, 575: 512, 576: 449, 576 + 64: 513, 576 + 151: 600,
		576 + 152: 0} {
		if got := x.F32[at]; got != want {
			t.Errorf("element %d is %v, want %v", at, got, want)
		}
	}
	if got := rnn.VoiceChunks(nil).Shape; !got.Equal(graph.Shape{1, 0, 576}) {
		t.Errorf("nothing is cut into %v", got)
	}
}

// TestVoiceDetectorMisused: what is no sound is an error, and no panic.
func TestVoiceDetectorMisused(t *testing.T) {
	m := rnn.NewVoiceDetector()
	if _, err := m.Speech(nil); err == nil || err.Error() != "voice: there is no sample" {
		t.Errorf("of nothing: %v", err)
	}
	for _, forward := range []func(graph.Node) graph.Node{m.Forward, m.Continue} {
		g := &graph.Graph{}
		forward(g.Input("x", 1, 512))
		if err := g.Err(); err == nil ||
			!strings.Contains(err.Error(), "x is float32 (1, 512), want (N, T, 576): see VoiceChunks") {
			t.Errorf("samples that are not in chunks: %v", err)
		}
	}
}

// The seconds of a recording in which somebody speaks. The weights are those that Silero publishes.
func ExampleVoiceDetector_Speech() {
	detector := rnn.NewVoiceDetector()
	_, err := detector.Params().LoadWith("silero_vad_16k.safetensors", nn.LoadOptions{Rename: rnn.VoiceDetectorName})
	if err != nil {
		log.Fatal(err)
	}
	sound, err := data.ReadWAV("speech.wav")
	if err != nil {
		log.Fatal(err)
	}
	if sound.Rate != rnn.VoiceRate {
		log.Fatalf("speech.wav: %d samples a second, want %d", sound.Rate, rnn.VoiceRate)
	}
	spans, err := detector.Speech(sound.Mono())
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range spans {
		fmt.Printf("%.2f to %.2f\n", s.From, s.To)
	}
}

// This file holds the looks of a Watch as a tensor, for checkpoints, and as histograms, for TensorBoard.

package train

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/files"
)

// packed is JSON in integers, eight bytes in each, after its length in bytes. All numbers of a look are finite.
func packed(looks []Look) (graph.Tensor, error) {
	b, err := json.Marshal(looks)
	if err != nil {
		return graph.Tensor{}, fmt.Errorf("the looks: %w", err)
	}
	n := len(b)
	b = append(b, make([]byte, -n&7)...)
	all := []int64{int64(n)}
	for ; len(b) > 0; b = b[8:] {
		all = append(all, int64(binary.LittleEndian.Uint64(b)))
	}
	return graph.FromInt64(all, len(all)), nil
}

// unpacked are the looks of a tensor.
func unpacked(t graph.Tensor) ([]Look, error) {
	if len(t.I64) == 0 {
		return nil, errors.New("they have no length")
	}
	var b []byte
	for _, v := range t.I64[1:] {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	if n := t.I64[0]; n < 0 || n > int64(len(b)) || n+7 < int64(len(b)) {
		return nil, fmt.Errorf("they have %d bytes, want %d", len(b), n)
	}
	var looks []Look
	if err := json.Unmarshal(b[:t.I64[0]], &looks); err != nil {
		return nil, err
	}
	for i, l := range looks {
		if l.Step < 0 || l.Epoch < 0 {
			return nil, fmt.Errorf("look %d is at step %d of epoch %d", i, l.Step, l.Epoch)
		}
	}
	return looks, nil
}

// WriteEvents is [History.WriteEvents] with the looks: each is an event of its own with the figures as scalars, as
// watch/NAME/FIGURE, and histograms of the values of layers and parameters, watch/NAME, and of gradients,
// watch/NAME/gradient. TensorBoard shows them under Histograms and Distributions.
func (w *Watch) WriteEvents(out io.Writer, h History) error {
	if w == nil {
		return errors.New("watch: the Watch is nil")
	}
	if err := History(nil).WriteEvents(out); err != nil {
		return err
	}
	looks := w.Looks
	for _, row := range h {
		for len(looks) > 0 && looks[0].Step <= row.Step {
			if err := writeRecord(out, looks[0].event()); err != nil {
				return err
			}
			looks = looks[1:]
		}
		row.Watch = nil // the look has them
		if err := writeRecord(out, row.event()); err != nil {
			return err
		}
	}
	for i := range looks {
		if err := writeRecord(out, looks[i].event()); err != nil {
			return err
		}
	}
	return nil
}

// event is the message of a look.
func (l *Look) event() []byte {
	var summary []byte
	figures := l.Figures()
	for _, name := range slices.Sorted(maps.Keys(figures)) {
		summary = appendScalar(summary, watchPrefix+name, figures[name])
	}
	for i := range l.Layers {
		summary = appendHistogram(summary, watchPrefix+l.Layers[i].Name, &l.Layers[i].Value)
	}
	for i := range l.Params {
		p := &l.Params[i]
		summary = appendHistogram(summary, watchPrefix+p.Name, &p.Value)
		summary = appendHistogram(summary, watchPrefix+p.Name+"/gradient", &p.Gradient)
	}
	return eventOf(l.Seconds, l.Step, summary)
}

// The number of the field of a histogram in Summary.Value, and those of HistogramProto. See TensorFlow,
// core/framework/summary.proto and core/lib/histogram/histogram.proto.
const (
	valueHistogram                                                           protowire.Number = 5
	histogramMin, histogramMax, histogramNum, histogramSum, histogramSquares protowire.Number = 1, 2, 3, 4, 5
	histogramLimits, histogramCounts                                         protowire.Number = 6, 7
)

// appendHistogram appends a value to a summary, unless it is of no numbers. Part i goes from limit i-1 up to limit i.
func appendHistogram(summary []byte, tag string, s *Numbers) []byte {
	n := s.N - s.NotFinite
	if n <= 0 || len(s.Counts) == 0 {
		return summary
	}
	var h []byte
	for i, v := range []float64{s.Min, s.Max, float64(n), s.Mean * float64(n),
		min(s.Norm*s.Norm, math.MaxFloat64)} {
		h = protowire.AppendTag(h, histogramMin+protowire.Number(i), protowire.Fixed64Type)
		h = protowire.AppendFixed64(h, math.Float64bits(v))
	}
	limits, counts := make([]float64, len(s.Counts)), make([]float64, len(s.Counts))
	for i, c := range s.Counts {
		share := float64(i+1) / float64(len(counts))
		limits[i], counts[i] = s.Min*(1-share)+s.Max*share, float64(c)
	}
	h = appendDoubles(h, histogramLimits, limits)
	h = appendDoubles(h, histogramCounts, counts)
	v := protowire.AppendTag(nil, valueTag, protowire.BytesType)
	v = protowire.AppendString(v, tag)
	v = protowire.AppendTag(v, valueHistogram, protowire.BytesType)
	v = protowire.AppendBytes(v, h)
	summary = protowire.AppendTag(summary, summaryValue, protowire.BytesType)
	return protowire.AppendBytes(summary, v)
}

// appendDoubles appends a packed field.
func appendDoubles(b []byte, field protowire.Number, all []float64) []byte {
	var text []byte
	for _, v := range all {
		text = binary.LittleEndian.AppendUint64(text, math.Float64bits(v))
	}
	b = protowire.AppendTag(b, field, protowire.BytesType)
	return protowire.AppendBytes(b, text)
}

// WriteFile joins a history, as Join does, and writes it as [History.WriteFile] does; events for TensorBoard have the
// histograms, too.
func (w *Watch) WriteFile(path string, h History) error {
	if w == nil {
		return errors.New("watch: the Watch is nil")
	}
	w.Join(h)
	write, err := h.writer(path)
	if err != nil {
		return err
	}
	if ofEvents(path) {
		write = func(out io.Writer) error { return w.WriteEvents(out, h) }
	}
	return files.Replace(path, write)
}

// This file holds looks in the form that TensorBoard reads: as scalars and histograms.

package history

import (
	"encoding/binary"
	"io"
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// WriteEventsWith is [Rows.WriteEvents] with looks: each is an event of its own with the figures as scalars, as
// watch/NAME/FIGURE, and histograms of the values of layers and parameters, watch/NAME, and of gradients,
// watch/NAME/gradient. TensorBoard shows them under Histograms and Distributions.
func (h Rows) WriteEventsWith(w io.Writer, looks []Look) error {
	if err := Rows(nil).WriteEvents(w); err != nil {
		return err
	}
	for _, row := range h {
		for len(looks) > 0 && looks[0].Step <= row.Step {
			if err := writeRecord(w, looks[0].event()); err != nil {
				return err
			}
			looks = looks[1:]
		}
		row.Watch = nil // the look has them
		if err := writeRecord(w, row.event()); err != nil {
			return err
		}
	}
	for i := range looks {
		if err := writeRecord(w, looks[i].event()); err != nil {
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

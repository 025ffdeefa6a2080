// This file holds the form of Rows that TensorBoard reads.

package history

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// WriteEvents writes a file of events, which TensorBoard shows if its name has "tfevents" in it:
//
//	logs/run1/events.out.tfevents.run1          tensorboard --logdir logs
//
// The first record says that it is brain.Event:2. Then each row is an event at its step with a scalar for each column.
// The time of an event is that of training, counted from the beginning, so that the same history has the same bytes.
// The form is a sequence of TFRecords: the length, a uint64, its checksum, the bytes and their checksum, all little
// endian; the checksum is CRC-32C, turned by 15 bits and added to a constant. See TensorFlow,
// core/lib/io/record_writer.h and core/util/event.proto.
func (h Rows) WriteEvents(w io.Writer) error {
	version := protowire.AppendTag(eventAt(0), eventVersion, protowire.BytesType)
	if err := writeRecord(w, protowire.AppendString(version, "brain.Event:2")); err != nil {
		return err
	}
	for i := range h {
		if err := writeRecord(w, h[i].event()); err != nil {
			return err
		}
	}
	return nil
}

// The numbers of the fields of the messages Event, Summary and Summary.Value.
const (
	eventTime, eventStep, eventVersion, eventSummary protowire.Number = 1, 2, 3, 5
	summaryValue                                     protowire.Number = 1
	valueTag, valueSimple                            protowire.Number = 1, 2
)

// event is the message of a row.
func (r *Row) event() []byte {
	var summary []byte
	for _, c := range append(r.cells(), cell{"epoch", float64(r.Epoch)}) {
		summary = appendScalar(summary, c.column, c.value)
	}
	return eventOf(r.Seconds, r.Step, summary)
}

// appendScalar appends a value to a summary.
func appendScalar(summary []byte, tag string, value float64) []byte {
	v := protowire.AppendTag(nil, valueTag, protowire.BytesType)
	v = protowire.AppendString(v, tag)
	v = protowire.AppendTag(v, valueSimple, protowire.Fixed32Type)
	v = protowire.AppendFixed32(v, math.Float32bits(float32(value)))
	summary = protowire.AppendTag(summary, summaryValue, protowire.BytesType)
	return protowire.AppendBytes(summary, v)
}

// eventOf is the message of a summary.
func eventOf(seconds float64, step int, summary []byte) []byte {
	e := protowire.AppendTag(eventAt(seconds), eventStep, protowire.VarintType)
	e = protowire.AppendVarint(e, uint64(step))
	e = protowire.AppendTag(e, eventSummary, protowire.BytesType)
	return protowire.AppendBytes(e, summary)
}

// eventAt is the beginning of an event: its time.
func eventAt(seconds float64) []byte {
	return protowire.AppendFixed64(protowire.AppendTag(nil, eventTime, protowire.Fixed64Type),
		math.Float64bits(seconds))
}

// writeRecord writes a TFRecord.
func writeRecord(w io.Writer, message []byte) error {
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(message)))
	record := binary.LittleEndian.AppendUint32(length, masked(length))
	record = append(record, message...)
	record = binary.LittleEndian.AppendUint32(record, masked(message))
	_, err := w.Write(record)
	return err
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is the checksum of a TFRecord.
func masked(b []byte) uint32 {
	c := crc32.Checksum(b, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}

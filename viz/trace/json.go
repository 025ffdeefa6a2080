// This file holds how a trace is written and read.

package trace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// WriteTo writes the trace as JSON on one line, the same bytes for the same trace. It contains no <, > or &, so that
// it can stand in a page as it is. A trace that [Trace.Check] does not accept is not written.
func (t *Trace) WriteTo(w io.Writer) (int64, error) {
	if err := t.Check(); err != nil {
		return 0, err
	}
	b, err := json.Marshal(t)
	if err != nil {
		return 0, fmt.Errorf("trace: %w", err)
	}
	n, err := w.Write(append(b, '\n'))
	return int64(n), err
}

// largest is the most bytes that are read.
const largest = 1 << 28

// Read reads a trace that [Trace.WriteTo] has written, and checks all of it: what it returns can be indexed without a
// look. An error says what is wrong, and where.
func Read(r io.Reader) (*Trace, error) {
	b, err := io.ReadAll(io.LimitReader(r, largest+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("trace: %w", err)
	case len(b) > largest:
		return nil, fmt.Errorf("trace: the file has more than %d bytes", largest)
	}
	var head struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, fmt.Errorf("trace: it is no JSON object: %w", err)
	}
	if head.Format != Format || head.Version != Version {
		return nil, otherFormat(head.Format, head.Version)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	t := new(Trace)
	if err := d.Decode(t); err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	if err := t.Check(); err != nil {
		return nil, err
	}
	return t, nil
}

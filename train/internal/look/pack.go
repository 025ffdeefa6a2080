// This file holds looks as a tensor.

package look

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/train/history"
)

// Pack gives looks as JSON in integers, eight bytes in each, after its length in bytes. All numbers of a look are
// finite.
func Pack(looks []history.Look) (graph.Tensor, error) {
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

// Unpack gives the looks of a tensor that Pack made.
func Unpack(t graph.Tensor) ([]history.Look, error) {
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
	var looks []history.Look
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

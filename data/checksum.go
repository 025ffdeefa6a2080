// This file holds Checksum, which tells whether a source has the data that it had, and Holder, a source that has them
// in memory.

package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"iter"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/graph"
)

// A Holder is a Source that holds the data which the batches of all epochs are made of. The sources of this package
// are.
type Holder interface {
	Source
	// Held gives these data, each part once, in the same order each time. They are only read, and each is valid until
	// the next.
	Held() iter.Seq[graph.Tensor]
}

// Held gives the data that the batches of a source are made of, and of one that is no [Holder] the tensors of the
// batches of epoch 0: for sources that are made of others.
func Held(s Source) iter.Seq[graph.Tensor] {
	if holder, ok := s.(Holder); ok {
		return holder.Held()
	}
	return func(yield func(graph.Tensor) bool) {
		batches := s.Batches(0)
		if batches == nil {
			return
		}
		for batch := range batches {
			for _, t := range batch {
				if !yield(t) {
					return
				}
			}
		}
	}
}

// Checksum returns the SHA-256, in 64 digits, of all data that a source makes its batches of: of the element type, the
// shape and each element of what [Held] gives. It does not depend on the size of batches, on the seed, on GOMAXPROCS,
// or on how examples are varied, and whatever bit of whatever example differs, it is another. A train.Fit with
// a Checkpoint keeps it by itself, see [Settings]; a loop by hand does so among its settings. The 60,000 pictures of
// MNIST take a fifth of a second.
func Checksum(s Source) string {
	sum := summing{Hash: sha256.New()}
	for t := range Held(s) {
		sum.add(t)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// summing is a checksum under way, and room for the bytes of some elements.
type summing struct {
	hash.Hash
	room [32 << 10]byte
}

// add adds a tensor: its type ends where its elements begin, and says how many they are.
func (s *summing) add(t graph.Tensor) {
	fmt.Fprintf(s, "%v;", t.Type)
	for part := range slices.Chunk(t.F32, len(s.room)/4) {
		for i, v := range part {
			binary.LittleEndian.PutUint32(s.room[4*i:], math.Float32bits(v))
		}
		s.Write(s.room[:4*len(part)])
	}
	for part := range slices.Chunk(t.F64, len(s.room)/8) {
		for i, v := range part {
			binary.LittleEndian.PutUint64(s.room[8*i:], math.Float64bits(v))
		}
		s.Write(s.room[:8*len(part)])
	}
	for part := range slices.Chunk(t.I64, len(s.room)/8) {
		for i, v := range part {
			binary.LittleEndian.PutUint64(s.room[8*i:], uint64(v))
		}
		s.Write(s.room[:8*len(part)])
	}
}

// Held gives the tensors of the rows.
func (s shuffled) Held() iter.Seq[graph.Tensor] { return s.rows.held() }

// Held gives the tensors of the rows.
func (o ordered) Held() iter.Seq[graph.Tensor] { return o.rows.held() }

// Held gives the tensors of the rows.
func (s augmented) Held() iter.Seq[graph.Tensor] { return s.rows.held() }

// Held gives the tensors of the rows.
func (s seenAnew) Held() iter.Seq[graph.Tensor] { return s.rows.held() }

func (r Rows) held() iter.Seq[graph.Tensor] {
	return func(yield func(graph.Tensor) bool) {
		for _, t := range r {
			if !yield(t) {
				return
			}
		}
	}
}

// Held gives what the source holds.
func (l Loader) Held() iter.Seq[graph.Tensor] {
	l.mustHold()
	return Held(l.Source)
}

// Held gives what the source holds.
func (r resized) Held() iter.Seq[graph.Tensor] { return Held(r.Source) }

// Held gives what the source holds.
func (s mixed) Held() iter.Seq[graph.Tensor] { return Held(s.Source) }

// Held gives the texts and their numbers.
func (s masked) Held() iter.Seq[graph.Tensor] { return Held(s.Source) }

// Held gives the pictures and their numbers.
func (s viewed) Held() iter.Seq[graph.Tensor] { return Held(s.Source) }

// Held gives the stream.
func (l lanes) Held() iter.Seq[graph.Tensor] { return Rows{graph.FromInt64(l.ids, len(l.ids))}.held() }

// Held gives the sounds, and their numbers and labels. What a sound is heard as depends on their rate, too.
func (s heardAnew) Held() iter.Seq[graph.Tensor] {
	return func(yield func(graph.Tensor) bool) {
		if !yield(graph.FromInt64([]int64{int64(s.clips.Rate)}, 1)) {
			return
		}
		for _, x := range s.clips.X {
			if !yield(graph.FromFloat32(x, len(x))) {
				return
			}
		}
		s.order.Held()(yield)
	}
}

// Held gives the sequences.
func (b bucketed) Held() iter.Seq[graph.Tensor] { return b.s.held() }

// Held gives the sequences.
func (o inOrder) Held() iter.Seq[graph.Tensor] { return o.s.held() }

func (s Sequences) held() iter.Seq[graph.Tensor] {
	return func(yield func(graph.Tensor) bool) {
		for _, list := range [][][]int64{s.X, s.Y} {
			if !yield(graph.FromInt64([]int64{int64(len(list))}, 1)) {
				return
			}
			for _, x := range list {
				if !yield(graph.FromInt64(x, len(x))) {
					return
				}
			}
		}
		yield(graph.FromInt64(s.Labels, len(s.Labels)))
	}
}

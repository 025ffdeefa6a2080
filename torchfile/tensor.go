// This file holds storages and the tensors that are parts of them.

package torchfile

import "github.com/stheno-ml/stheno/safetensors"

// A storage is a run of elements in the file.
type storage struct {
	key   string
	dtype safetensors.DType
	width int64   // bytes of an element
	count int64   // elements
	at    int64   // where its bytes begin in the file
	sum   *uint32 // CRC-32 of its bytes, nil if it is not known
}

// A part is what a pickle calls a storage: elements from a place of it on, of old files not always the first.
type part struct {
	*storage
	from, count int64
}

// A tensor is some elements of a storage: element (i, j, …) is number offset + i·stride[0] + j·stride[1] + ….
type tensor struct {
	*storage
	offset        int64
	shape, stride []int64
}

// storages are the element types, by the names of their classes in torch.
var storages = map[string]struct {
	dtype safetensors.DType
	width int64
}{
	"torch.FloatStorage": {safetensors.F32, 4}, "torch.DoubleStorage": {safetensors.F64, 8},
	"torch.HalfStorage": {safetensors.F16, 2}, "torch.BFloat16Storage": {safetensors.BF16, 2},
	"torch.LongStorage": {safetensors.I64, 8}, "torch.IntStorage": {safetensors.I32, 4},
	"torch.ShortStorage": {safetensors.I16, 2}, "torch.CharStorage": {safetensors.I8, 1},
	"torch.ByteStorage": {safetensors.U8, 1}, "torch.BoolStorage": {safetensors.Bool, 1},
}

// newTensor makes a tensor of a part of a storage. Its elements must lie in there, and be no more than it has: a
// tensor that repeats elements, such as one of Tensor.expand, would take memory that the file does not account for.
func newTensor(p part, offset int64, shape, stride []int64) (*tensor, error) {
	t := &tensor{p.storage, p.from + offset, shape, stride}
	n, reach := int64(1), int64(0)
	empty := false
	for _, d := range shape {
		empty = empty || d == 0
	}
	switch {
	case len(shape) != len(stride) || len(shape) > maxRank:
		return nil, badFormat("a tensor has %d axes and %d strides, want as many, at most %d",
			len(shape), len(stride), maxRank)
	case offset < 0 || offset > p.count:
		return nil, badFormat("a tensor begins at element %d of a storage of %d", offset, p.count)
	}
	for i, d := range shape {
		switch {
		case d < 0 || stride[i] < 0:
			return nil, badFormat("a tensor has shape %v and strides %v, want none below 0", shape, stride)
		case empty || d == 1:
		case d > p.count/n:
			return nil, badFormat("a tensor of shape %v has more elements than its storage, which has %d: "+
				"save it as t.clone(), if it was expanded", shape, p.count)
		case stride[i] > (p.count-1-offset-reach)/(d-1):
			return nil, badFormat("a tensor of shape %v and strides %v reaches beyond its storage: it "+
				"begins at element %d of %d", shape, stride, offset, p.count)
		default:
			n, reach = n*d, reach+(d-1)*stride[i]
		}
	}
	if !empty && offset == p.count {
		return nil, badFormat("a tensor of shape %v begins at element %d of a storage of %d", shape, offset,
			p.count)
	}
	return t, nil
}

// maxRank is the most axes of a tensor, as safetensors has it.
const maxRank = 32

// count is the number of elements.
func (t *tensor) count() int64 {
	n := int64(1)
	for _, d := range t.shape {
		n *= d
	}
	return n
}

// reach is how far the last element is from the first.
func (t *tensor) reach() (far int64) {
	for i, d := range t.shape {
		far += (d - 1) * t.stride[i]
	}
	return far
}

// rowMajor reports whether the elements lie as they are read, one after the other.
func (t *tensor) rowMajor() bool {
	next := int64(1)
	for i := len(t.shape) - 1; i >= 0; i-- {
		if t.shape[i] != 1 && t.stride[i] != next {
			return t.count() == 0
		}
		next *= t.shape[i]
	}
	return true
}

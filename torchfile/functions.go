// This file holds the functions that a pickle may call: what they make is a tensor or a plain container.

package torchfile

import "math"

// functions are those of Python and of PyTorch, by their names.
var functions = map[global]func(args tuple) (any, error){
	"collections.OrderedDict":                    orderedDict,
	"torch.Size":                                 size,
	"torch._utils._rebuild_tensor":               rebuildTensor,
	"torch._utils._rebuild_tensor_v2":            rebuildTensor,
	"torch._utils._rebuild_parameter":            rebuildParameter,
	"torch.nn.parameter.Parameter":               rebuildParameter,
	"torch._utils._rebuild_parameter_with_state": rebuildParameter,
}

// orderedDict makes a dict, of nothing or of the pairs that Python 2 gives.
func orderedDict(args tuple) (any, error) {
	d := &dict{}
	if len(args) == 0 {
		return d, nil
	}
	pairs, ok := args[0].(*list)
	if !ok || len(args) > 1 {
		return nil, badFormat("it is called with %d values, of which the first is %s", len(args),
			kind(args[0]))
	}
	for _, p := range pairs.items {
		key, v, ok := pair(p)
		if !ok {
			return nil, badFormat("it is called with %s among its pairs", kind(p))
		}
		d.set(key, v)
	}
	return d, nil
}

// pair takes a pair apart, of a text and a value.
func pair(p any) (key string, v any, ok bool) {
	var both []any
	switch p := p.(type) {
	case tuple:
		both = p
	case *list:
		both = p.items
	}
	if len(both) != 2 {
		return "", nil, false
	}
	key, ok = both[0].(string)
	return key, both[1], ok
}

// size makes a tuple of a tuple.
func size(args tuple) (any, error) {
	if len(args) == 1 {
		if t, ok := args[0].(tuple); ok {
			return t, nil
		}
	}
	return nil, badFormat("it is called with %d values, want one tuple", len(args))
}

// rebuildTensor makes a tensor of a storage, an offset, a shape and strides; what else it is given says how gradients
// are taken.
func rebuildTensor(args tuple) (any, error) {
	if len(args) < 4 || len(args) > 7 {
		return nil, badFormat("it is called with %d values, want 4 to 7", len(args))
	}
	p, ok := args[0].(part)
	offset, ok2 := args[1].(int64)
	shape, ok3 := ints(args[2])
	stride, ok4 := ints(args[3])
	if !ok || !ok2 || !ok3 || !ok4 {
		return nil, badFormat("it is called with %s, %s, %s and %s, want a storage, an int, and two tuples of "+
			"ints", kind(args[0]), kind(args[1]), kind(args[2]), kind(args[3]))
	}
	return newTensor(p, offset, shape, stride)
}

func ints(v any) ([]int64, bool) {
	t, ok := v.(tuple)
	all := make([]int64, len(t))
	for i, v := range t {
		n, isInt := v.(int64)
		all[i], ok = n, ok && isInt
	}
	return all, ok
}

// rebuildParameter gives the tensor that a parameter is.
func rebuildParameter(args tuple) (any, error) {
	if len(args) > 0 {
		if t, ok := args[0].(*tensor); ok {
			return t, nil
		}
	}
	return nil, badFormat("it is called without a tensor")
}

// A named is what a pickle says of a storage: ("storage", class, key, device, elements), of old files also the part of
// it that is meant.
type named struct {
	key         string
	class       string
	count       int64
	from, taken int64 // the part
}

// nameOf reads the name of a storage.
func nameOf(id any) (n named, err error) {
	t, _ := id.(tuple)
	if len(t) != 5 && len(t) != 6 || t[0] != "storage" {
		return n, badFormat("it names %s as a storage", kind(id))
	}
	class, ok := t[1].(global)
	key, ok2 := t[2].(string)
	count, ok3 := t[4].(int64)
	kindOf, ok4 := storages[string(class)]
	if !ok || !ok2 || !ok3 || !ok4 {
		return n, badFormat("it names a storage by %s, %s and %s, want a class, a text and an int",
			kind(t[1]), kind(t[2]),
			kind(t[4]))
	}
	if count < 0 || count > math.MaxInt64/kindOf.width {
		return n, badFormat("storage %s has %d elements", quote(key), count)
	}
	n = named{key: key, class: string(class), count: count, taken: count}
	if len(t) == 6 && t[5] != nil {
		view, ok := ints3(t[5])
		if !ok || view[0] < 0 || view[1] < 0 || view[0] > count || view[1] > count-view[0] {
			return n, badFormat("a part of storage %s is not in it", quote(key))
		}
		n.from, n.taken = view[0], view[1]
	}
	return n, nil
}

// ints3 reads offset and length of (key, offset, length).
func ints3(v any) ([]int64, bool) {
	t, ok := v.(tuple)
	if !ok || len(t) != 3 {
		return nil, false
	}
	return ints(t[1:])
}

// storage makes the storage of a name, whose place is not known yet.
func (n named) storage() *storage {
	kind := storages[n.class]
	return &storage{key: n.key, dtype: kind.dtype, width: kind.width, count: n.count}
}

// part is what is meant of a storage, which must be the one that was named before by the same key.
func (n named) part(s *storage) (part, error) {
	if storages[n.class].dtype != s.dtype || n.count != s.count {
		return part{}, badFormat("storage %s has %d elements of %s, and %d of %s before", quote(n.key),
			n.count,
			storages[n.class].dtype, s.count, s.dtype)
	}
	return part{s, n.from, n.taken}, nil
}

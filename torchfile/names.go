// This file holds finder, which gives the tensors of an object names.

package torchfile

import (
	"fmt"
	"strconv"
	"strings"
)

// The limits of an object. Containers may stand in one another many times over, so that few bytes make many names.
const (
	maxDepth  = 64
	maxVisits = 1 << 20
	maxNames  = 32 << 20 // bytes of all
	maxWords  = 1000
)

// A finder collects the tensors of an object, and the numbers and texts in its dicts.
type finder struct {
	tensors []placed
	words   map[string]string
	known   map[string]bool
	visits  int
	bytes   int // of names
}

// walk finds what is in a value that stands at a path.
func (f *finder) walk(path string, v any, depth int) error {
	f.visits++
	switch {
	case depth > maxDepth:
		return badFormat("its containers are more than %d deep, or one holds itself: %s", maxDepth,
			quote(path))
	case f.visits > maxVisits:
		return badFormat("its containers have more than %d values", maxVisits)
	}
	switch v := v.(type) {
	case *tensor:
		return f.add(path, v)
	case *dict:
		return f.items(path, len(v.keys), depth, func(i int) (string, any) {
			return written(v.keys[i]),
				v.values[i]
		})
	case *list:
		return f.items(path, len(v.items), depth, func(i int) (string, any) {
			return strconv.Itoa(i),
				v.items[i]
		})
	case tuple:
		return f.items(path, len(v), depth, func(i int) (string, any) { return strconv.Itoa(i), v[i] })
	}
	return nil
}

func (f *finder) items(path string, n, depth int, item func(i int) (string, any)) error {
	for i := range n {
		name, v := item(i)
		if path != "" {
			name = path + "." + name
		}
		if f.bytes += len(name); f.bytes > maxNames {
			return badFormat("its names have more than %d bytes", maxNames)
		}
		switch v.(type) {
		case bool, int64, float64, string:
			f.tell(name, written(v))
			continue
		}
		if err := f.walk(name, v, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (f *finder) add(name string, t *tensor) error {
	if name == "" {
		name = "tensor"
	}
	if f.known[name] || name == metadataKey {
		return badFormat("it has two tensors of the name %s, or one that no tensor can have", quote(name))
	}
	if f.known == nil {
		f.known = map[string]bool{}
	}
	f.known[name] = true
	f.tensors = append(f.tensors, placed{tensor: t, name: strings.Clone(name)})
	return nil
}

// tell notes a number or a text.
func (f *finder) tell(name, text string) {
	if f.words == nil {
		f.words = map[string]string{}
	}
	if len(f.words) < maxWords {
		f.words[name] = text
	}
}

// written is a key or a number as a text.
func written(v any) string {
	if v == nil {
		return "None"
	}
	return fmt.Sprint(v)
}

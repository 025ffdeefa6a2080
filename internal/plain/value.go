// This file holds how values of Go are shown.

package plain

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Value is a value as a text that is the same in each process: the name of its type, and its exported fields that are
// not zero, but for those of the outermost struct that are to be left out. What a pointer points to stands in its
// place. Of functions, maps and channels the text has the type alone.
func Value(v any, without ...string) string {
	var b strings.Builder
	write(&b, reflect.ValueOf(v), without, 0)
	return b.String()
}

// deepest is how many values in values are looked into: one may refer to itself.
const deepest = 8

func write(b *strings.Builder, v reflect.Value, without []string, depth int) {
	for v.IsValid() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && depth < deepest {
		v, depth = v.Elem(), depth+1
	}
	switch {
	case !v.IsValid():
		b.WriteString("none")
	case depth >= deepest:
		b.WriteString("…")
	case v.Kind() == reflect.Struct:
		writeStruct(b, v, without, depth)
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Array:
		b.WriteString("[")
		for i := range v.Len() {
			if i > 0 {
				b.WriteString(" ")
			}
			write(b, v.Index(i), nil, depth+1)
		}
		b.WriteString("]")
	case speaks(v):
		fmt.Fprintf(b, "%v", v.Interface())
	default:
		b.WriteString(v.Type().String())
	}
}

func writeStruct(b *strings.Builder, v reflect.Value, without []string, depth int) {
	b.WriteString(v.Type().Name() + "{")
	between := ""
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() || v.Field(i).IsZero() || slices.Contains(without, f.Name) {
			continue
		}
		b.WriteString(between + f.Name + ":")
		write(b, v.Field(i), nil, depth+1)
		between = " "
	}
	b.WriteString("}")
}

// speaks reports a number, a truth or a text.
func speaks(v reflect.Value) bool {
	k := v.Kind()
	return k >= reflect.Bool && k <= reflect.Complex128 || k == reflect.String
}

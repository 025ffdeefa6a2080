package trace_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/viz/trace"
)

// TestFormatPage: docs/trace-format.md names every field of the format, and no other.
func TestFormatPage(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "trace-format.md"))
	must(t, err)
	fields := map[string]bool{}
	fieldsOf(reflect.TypeFor[trace.Trace](), fields)
	named := map[string]bool{}
	for _, m := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(string(text), -1) {
		named[m[1]] = true
	}
	for f := range fields {
		if !named[f] {
			t.Errorf("the page does not name the field %q", f)
		}
	}
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*) \\|").FindAllStringSubmatch(string(text), -1) {
		for _, m := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(row[1], -1) {
			if !fields[m[1]] {
				t.Errorf("there is no field %q", m[1])
			}
		}
	}
}

// fieldsOf collects the names of the fields as JSON has them.
func fieldsOf(t reflect.Type, all map[string]bool) {
	switch t.Kind() {
	case reflect.Slice, reflect.Pointer:
		fieldsOf(t.Elem(), all)
	case reflect.Struct:
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			all[name] = true
			fieldsOf(t.Field(i).Type, all)
		}
	}
}

// This file holds numbers in JSON.

package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/internal/plain"
)

// A Figure is a number in JSON, null if it is not finite; NotFinite names those that are not.
type Figure float64

func (f Figure) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// mostDecimal is where losses are written with an exponent: a line has no place for all their digits.
const mostDecimal = 1e7

// String is the number as lines of text have it: with four decimals, or if it is large with four digits.
func (f Figure) String() string {
	if math.Abs(float64(f)) < mostDecimal {
		return fmt.Sprintf("%.4f", float64(f))
	}
	return fmt.Sprintf("%.4g", float64(f))
}

// Figures are numbers by their names, as JSON has them.
func Figures(m map[string]float64) map[string]Figure {
	all := make(map[string]Figure, len(m))
	for k, v := range m {
		all[k] = Figure(v)
	}
	return all
}

// NotFinite says of each figure in v that is not finite where it is and what: metric.accuracy is NaN.
func NotFinite(v any) []string {
	var all []string
	walkFigures("", reflect.ValueOf(v), func(path string, f float64) {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			all = append(all, fmt.Sprintf("%s is %v", path, f))
		}
	})
	return all
}

func walkFigures(path string, v reflect.Value, visit func(path string, f float64)) {
	join := func(name string) string { return strings.TrimPrefix(path+"."+name, ".") }
	switch v.Kind() {
	case reflect.Float64:
		visit(path, v.Float())
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if name != "" {
				walkFigures(join(name), v.Field(i), visit)
			}
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, k := range keys {
			walkFigures(join(k.String()), v.MapIndex(k), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			walkFigures(join(fmt.Sprint(i)), v.Index(i), visit)
		}
	}
}

// Thousands writes 61706 as 61,706.
func Thousands(n int) string { return plain.Thousands(n) }

// FigureList are numbers for JSON.
func FigureList(values []float64) []Figure {
	all := make([]Figure, len(values))
	for i, v := range values {
		all[i] = Figure(v)
	}
	return all
}

// SortedKeys are the keys of a map in their order.
func SortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// AccuracyName is what the accuracy is called among the metrics.
const AccuracyName = "accuracy"

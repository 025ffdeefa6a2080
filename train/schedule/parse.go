// This file holds Parse and ParsePlateau, which read schedules as they are written on a command line.

package schedule

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/internal/near"
	"github.com/stheno-ml/stheno/internal/settings"
)

// named has the forms that Parse knows, by name. A Sequence has no name, and neither has a Product: see Parse.
var named = map[string]Form{
	"fixed":       Fixed{},
	"step":        Step{},
	"multistep":   MultiStep{},
	"exponential": Exponential{},
	"polynomial":  Polynomial{},
	"linear":      Linear{},
	"cosine":      Cosine{},
	"restarts":    Restarts{},
	"cyclic":      Cyclic{},
	"onecycle":    OneCycle{},
	"inverseroot": InverseRoot{},
	"warmup":      Warmup{},
}

// Names lists the names that [Parse] knows, in alphabetical order.
func Names() []string { return slices.Sorted(maps.Keys(named)) }

// Parse reads a form as it is written on a command line:
//
//	schedule = form { "+" form }
//	form     = name [ ":" key "=" value { "," key "=" value } ]
//
// such as "cosine", "onecycle:max=10,pct=.3" and "warmup:over=.05+cosine:min=.1". Names are those of the forms in
// lower case, see [Names], and keys are those of their fields in lower case. A value is a number, true or false, the
// name of a [Mode], or numbers with "/" between: "multistep:when=.3/.6/.9". A key that is given twice is an error.
//
// The form behind a + follows the one before. Behind a warmup it is the Then of the warmup. Any other form before a +
// needs the key until, a length that says when the next form begins: "step:every=100,until=.5+cosine". Lengths count
// from the beginning of their form. As a share, until counts the steps that are left then; other shares count the
// steps that the form itself has.
func Parse(text string) (Form, error) {
	if len(text) > longest {
		return nil, fmt.Errorf("schedule: the text has %d letters, want %d at most", len(text), longest)
	}
	f, err := parse(strings.Split(text, "+"))
	if err != nil {
		return nil, fmt.Errorf("schedule: %w", err)
	}
	if err := check(f); err != nil {
		return nil, fmt.Errorf("schedule: %w", err)
	}
	return f, nil
}

// longest is how many bytes the text of a schedule may have, since each + nests one call deeper.
const longest = 1000

// parse reads forms one after the other.
func parse(parts []string) (Form, error) {
	name, arguments, given := strings.Cut(parts[0], ":")
	usual, known := named[name]
	if !known {
		return nil, fmt.Errorf("unknown schedule %q; known are %s", name, strings.Join(near.Sort(name, Names()), ", "))
	}
	f := reflect.New(reflect.TypeOf(usual))
	last, until := len(parts) == 1, 0.
	keys := fields(f.Elem())
	if _, ok := usual.(Warmup); !ok && !last {
		keys["until"] = reflect.ValueOf(&until).Elem()
	}
	if given {
		if err := set(keys, arguments); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	first := f.Elem().Interface().(Form)
	if last {
		return first, nil
	}
	next, err := parse(parts[1:])
	if err != nil {
		return nil, err
	}
	if w, ok := first.(Warmup); ok {
		w.Then = next
		return w, nil
	}
	if until == 0 {
		return nil, fmt.Errorf("%s: another follows, and it is not said when: add until=, a number of steps or a "+
			"share of all", name)
	}
	return Sequence{Of: []Form{first, next}, When: []float64{until}}, nil
}

// fields returns the fields of a form that can be written in text, by their keys.
func fields(f reflect.Value) map[string]reflect.Value {
	all := map[string]reflect.Value{}
	for i := range f.NumField() {
		switch f.Field(i).Interface().(type) {
		case float64, []float64, bool, Mode, int:
			all[strings.ToLower(f.Type().Field(i).Name)] = f.Field(i)
		}
	}
	return all
}

// set reads arguments into fields.
func set(fields map[string]reflect.Value, arguments string) error {
	seen := map[string]bool{}
	for _, a := range strings.Split(arguments, ",") {
		key, value, ok := strings.Cut(a, "=")
		field, known := fields[key]
		keys := slices.Sorted(maps.Keys(fields))
		switch {
		case !known && len(keys) == 0:
			return fmt.Errorf("unknown key %q: there is nothing to set", key)
		case !known:
			return fmt.Errorf("unknown key %q; known are %s", key, strings.Join(near.Sort(key, keys), ", "))
		case !ok:
			return fmt.Errorf("%s has no value: write %[1]s=VALUE", key)
		case seen[key]:
			return fmt.Errorf("%s is given twice", key)
		}
		seen[key] = true
		v, err := read(field, value)
		if err != nil {
			return fmt.Errorf("%s is %q, want %w", key, value, err)
		}
		field.Set(reflect.ValueOf(v))
	}
	return nil
}

// read reads a value for a field; the error says what is wanted.
func read(field reflect.Value, text string) (any, error) {
	switch field.Interface().(type) {
	case bool:
		v, err := strconv.ParseBool(text)
		return v, wanted(err, "true or false")
	case int:
		v, err := strconv.Atoi(text)
		return v, wanted(err, "a whole number")
	case Mode:
		i := slices.Index(modes, text)
		if i < 0 {
			return nil, errors.New(strings.Join(near.Sort(text, modes), ", "))
		}
		return Mode(i), nil
	case []float64:
		var list []float64
		for _, part := range strings.Split(text, "/") {
			v, err := number(part)
			if err != nil {
				return nil, errors.New("numbers with / between")
			}
			list = append(list, v)
		}
		return list, nil
	}
	v, err := number(text)
	return v, wanted(err, "a number")
}

// number reads a finite number.
func number(text string) (float64, error) {
	v, err := settings.Number(text)
	if err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
		err = errors.New("not finite")
	}
	return v, err
}

// wanted turns an error into one that says what is wanted.
func wanted(err error, what string) error {
	if err == nil {
		return nil
	}
	return errors.New(what)
}

// Usage lists each name that [Parse] knows with its keys, as in "cosine:min,over".
func Usage() []string {
	var all []string
	for _, name := range Names() {
		f := reflect.New(reflect.TypeOf(named[name])).Elem()
		var keys []string
		known := fields(f)
		for i := range f.NumField() {
			if key := strings.ToLower(f.Type().Field(i).Name); known[key].IsValid() {
				keys = append(keys, key)
			}
		}
		if len(keys) > 0 {
			name += ":" + strings.Join(keys, ",")
		}
		all = append(all, name)
	}
	return all
}

// ParsePlateau reads a [Plateau] as it is written on a command line: "plateau" or "plateau:patience=3,factor=.5". A
// key is the name of a field in lower case, and values are written as for [Parse].
func ParsePlateau(text string) (*Plateau, error) {
	name, arguments, given := strings.Cut(text, ":")
	if name != plateauName {
		return nil, fmt.Errorf("schedule: unknown schedule %q; known is %s", name, plateauName)
	}
	p := &Plateau{}
	if given {
		if err := set(fields(reflect.ValueOf(p).Elem()), arguments); err != nil {
			return nil, fmt.Errorf("schedule: %s: %w", name, err)
		}
	}
	if err := p.Check(); err != nil {
		return nil, fmt.Errorf("schedule: Plateau: %w", err)
	}
	return p, nil
}

// plateauName is the name of a Plateau in text.
const plateauName = "plateau"

// This file reads the text of an op: its name and its attributes.

package formula

import (
	"math"
	"strconv"
	"strings"
)

// attributes are an op's text, taken apart: "pad [1 4] from [0 2] value=1".
type attributes struct {
	letters  bool // letters stand for attributes that are not there
	operands int  // 0 where their number is not known
	op       string
	list     []attribute
}

// attribute is a word of the text: name=2, name=[2 1], [2 1] without a name, or the name alone.
type attribute struct {
	name   string
	values []float64
	text   string // of the value
}

// attributesOf takes a text apart. Brackets hold words together.
func attributesOf(text string) attributes {
	var words []string
	depth := 0
	open := false // the last word goes on
	for _, r := range text {
		switch r {
		case '[', '(':
			depth++
		case ']', ')':
			depth--
		}
		if r == ' ' && depth <= 0 {
			open = false
			continue
		}
		if !open {
			words = append(words, "")
			open = true
		}
		words[len(words)-1] += string(r)
	}
	a := attributes{}
	if len(words) == 0 {
		return a
	}
	a.op = words[0]
	if a.op == "const" && len(words) == 2 { // the number stands alone
		words[1] = "c=" + words[1]
	}
	for _, w := range words[1:] {
		a.list = append(a.list, attributeOf(w))
	}
	return a
}

func attributeOf(word string) attribute {
	at := attribute{name: word}
	if strings.HasPrefix(word, "[") {
		at = attribute{text: word}
	} else if name, value, ok := strings.Cut(word, "="); ok {
		at = attribute{name: name, text: value}
	}
	inner := strings.TrimPrefix(at.text, "[")
	inner = strings.TrimSuffix(inner, "]")
	for _, f := range strings.Fields(inner) {
		v, err := strconv.ParseFloat(f, 64)
		if err != nil {
			at.values = nil
			break
		}
		at.values = append(at.values, v)
	}
	return at
}

// get is the first attribute of a name that has a value.
func (a attributes) get(name string) (attribute, bool) {
	for _, at := range a.list {
		if at.name == name && at.text != "" {
			return at, true
		}
	}
	return attribute{}, false
}

// has reports whether a word stands in the text.
func (a attributes) has(word string) bool {
	for _, at := range a.list {
		if at.name == word && at.text == "" {
			return true
		}
	}
	return false
}

// int is a whole number, or what it is otherwise.
func (a attributes) int(name string, otherwise int) int {
	if at, ok := a.get(name); ok && len(at.values) == 1 {
		return whole(at.values[0])
	}
	return otherwise
}

// ints are whole numbers, nil without.
func (a attributes) ints(name string) []int {
	at, _ := a.get(name)
	var v []int
	for _, x := range at.values {
		v = append(v, whole(x))
	}
	return v
}

// pair is two numbers, height and width. A single number is both.
func (a attributes) pair(name string, otherwise int) [2]int {
	switch v := a.ints(name); len(v) {
	case 1:
		return [2]int{v[0], v[0]}
	case 2:
		return [2]int{v[0], v[1]}
	}
	return [2]int{otherwise, otherwise}
}

// lists are the lists without a name.
func (a attributes) lists() [][]int {
	var all [][]int
	for _, at := range a.list {
		if at.name == "" {
			list := []int{}
			for _, x := range at.values {
				list = append(list, whole(x))
			}
			all = append(all, list)
		}
	}
	return all
}

func whole(x float64) int {
	if math.Abs(x) > math.MaxInt32 || x != x {
		return 0
	}
	return int(x)
}

// node is the number in a formula, with the name of the attribute.
func (at attribute) node() *node {
	v := at.values[0]
	mark := "a=" + at.name
	if v < 0 {
		minus := &node{kind: minusNode, args: []*node{numberNodeOf(-v)}}
		return &node{kind: groupNode, text: "()", args: []*node{minus}, mark: mark}
	}
	n := *numberNodeOf(v)
	n.mark = mark
	return &n
}

// numberNodeOf writes a number that is not negative as people do: 0.001, 10⁻⁵, 3·10⁸, ∞.
func numberNodeOf(v float64) *node {
	if math.IsInf(v, 1) {
		return &node{kind: numberNode, text: "∞"}
	}
	text := strconv.FormatFloat(v, 'g', 6, 64)
	digits, exponent, scientific := strings.Cut(text, "e")
	if !scientific {
		return &node{kind: numberNode, text: text}
	}
	e, _ := strconv.Atoi(exponent)
	power := &node{kind: powerNode, args: []*node{{kind: numberNode, text: "10"}, exponentOf(e)}}
	if digits == "1" {
		return power
	}
	return &node{kind: chainNode, args: []*node{{kind: numberNode, text: digits}, power}, ops: []string{"·"}}
}

func exponentOf(e int) *node {
	if e < 0 {
		return &node{kind: minusNode, args: []*node{exponentOf(-e)}}
	}
	return &node{kind: numberNode, text: strconv.Itoa(e)}
}

// ranges are where a slice begins on each axis, and its steps: [0:2, 1:5:2].
func (a attributes) ranges() (lo, step []int) {
	for _, at := range a.list {
		if at.name != "" || at.text == "" {
			continue
		}
		for part := range strings.SplitSeq(strings.Trim(at.text, "[]"), ",") {
			bounds := strings.Split(strings.TrimSpace(part), ":")
			n := []int{0, 0, 1}
			for i := range min(len(bounds), 3) {
				n[i], _ = strconv.Atoi(bounds[i])
			}
			lo, step = append(lo, n[0]), append(step, n[2])
		}
	}
	return lo, step
}

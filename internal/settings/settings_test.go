package settings

import (
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text, want string // the error, "" for none
		turn, crop float64
		flip       bool
	}{
		{"turn=15", "", 15, 0, false},
		{"flip,crop=.5,turn=-1e3", "", -1e3, .5, true},
		{"", `view: unknown key ""; known are `, 0, 0, false},
		{"trun=3", `view: unknown key "trun"; known are turn, `, 0, 0, false},
		{"turn", "view: turn needs a number, such as turn=.5", 0, 0, false},
		{"turn=15°", `view: turn is "15°", want a number`, 0, 0, false},
		{"turn=1_0", `view: turn is "1_0", want a number`, 0, 0, false},
		{"turn=0x1p4", `view: turn is "0x1p4", want a number`, 0, 0, false},
		{"turn=1,", `view: unknown key ""`, 1, 0, false},
		{"flip=1", `view: flip takes no number, and has "1"`, 0, 0, false},
		{"flip,flip", `view: "flip" is given twice`, 0, 0, true},
		{"file", "view: file needs a name, such as file=FILE", 0, 0, false},
		{"turn=1,file=a=b", "", 1, 0, false},
	} {
		var turn, crop float64
		var flip bool
		var file string
		err := Settings{map[string]*float64{"turn": &turn, "crop": &crop}, map[string]*string{"file": &file},
			map[string]*bool{"flip": &flip}}.Parse("view", c.text)
		if turn != c.turn || crop != c.crop || flip != c.flip || (err == nil) != (c.want == "") ||
			err != nil && !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: got %v, %v, %v; error %v, want %s", c.text, turn, crop, flip, err, c.want)
		}
	}
	all := Settings{map[string]*float64{"b": nil, "a": nil}, map[string]*string{"ab": nil},
		map[string]*bool{"aa": nil}}
	if got := all.Keys(); !slices.Equal(got, []string{"a", "aa", "ab", "b"}) {
		t.Errorf("the keys are %v", got)
	}
}

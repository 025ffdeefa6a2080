package schedule

import (
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text string
		want Form
	}{
		{"fixed", Fixed{}},
		{"onecycle:max=10,pct=.3,threephase=true", OneCycle{Max: 10, Pct: .3, ThreePhase: true}},
		{"multistep:when=.3/60/80,gamma=.5", MultiStep{When: []float64{.3, 60, 80}, Gamma: .5}},
		{"cyclic:mode=triangular2,up=5", Cyclic{Mode: Triangular2, Up: 5}},
		{"warmup+cosine:min=1e-1", Warmup{Then: Cosine{Min: .1}}},
		{"warmup:over=3+step:until=.5+cosine", Warmup{Over: 3,
			Then: Sequence{Of: []Form{Step{}, Cosine{}}, When: []float64{.5}}}},
	} {
		t.Run(c.text, func(t *testing.T) {
			got, err := Parse(c.text)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %#v, %v, want %#v", got, err, c.want)
			}
		})
	}
}

func TestParseNonsense(t *testing.T) {
	for text, want := range map[string]string{
		"":                             `unknown schedule ""; known are step, `,
		"onecyle":                      `unknown schedule "onecyle"; known are onecycle, `,
		"cosine:":                      `cosine: unknown key ""; known are min, over`,
		"cosine:min":                   "cosine: min has no value: write min=VALUE",
		"cosine:min=.1,min=.2":         "cosine: min is given twice",
		"cosine:min=x":                 `cosine: min is "x", want a number`,
		"cosine:min=nan":               `cosine: min is "nan", want a number`,
		"cosine:min=1e999":             `cosine: min is "1e999", want a number`,
		"cosine:min=2":                 "Cosine: Min is 2, want a number in [0, 1]",
		"cosine:max=2":                 `cosine: unknown key "max"; known are min, over`,
		"fixed:min=2":                  `fixed: unknown key "min": there is nothing to set`,
		"step:every=-3":                "Step: Every is -3, want a whole number of steps",
		"step:until=3":                 `step: unknown key "until"; known are`,
		"step+cosine":                  "step: another follows, and it is not said when: add until=",
		"warmup:until=3+cosine":        `warmup: unknown key "until"; known are over`,
		"cosine+":                      `unknown schedule ""; known are`,
		"warmup+":                      `unknown schedule ""; known are`,
		"multistep:when=3/":            `multistep: when is "3/", want numbers with / between`,
		"cyclic:mode=x":                `cyclic: mode is "x", want exprange, triangular`,
		"onecycle:linear=2":            `onecycle: linear is "2", want true or false`,
		strings.Repeat("x", 1001):      "the text has 1001 letters, want 1000 at most",
		"onecycle:pct=.6,threephase=1": "OneCycle: Pct is 0.6, want a number in (0, 0.5]",
	} {
		f, err := Parse(text)
		if err == nil || f != nil || !strings.HasPrefix(err.Error(), "schedule: "+want) {
			t.Errorf("%q: got %v, %v, want %s…", text, f, err, want)
		}
	}
}

// TestUsage: each name makes sense alone, and each key can be set.
func TestUsage(t *testing.T) {
	values := map[string]string{"when": "1/2", "mode": "exprange", "linear": "true", "threephase": "true"}
	for _, usage := range Usage() {
		name, keys, _ := strings.Cut(usage, ":")
		if _, err := Parse(name); err != nil {
			t.Error(err)
		}
		if keys == "" {
			continue
		}
		text := name + ":"
		for _, key := range strings.Split(keys, ",") {
			if values[key] == "" {
				values[key] = "1"
			}
			text += key + "=" + values[key] + ","
		}
		text = strings.ReplaceAll(text[:len(text)-1], "pct=1", "pct=.4")
		if f, err := Parse(text); err != nil || reflect.DeepEqual(f, named[name]) {
			t.Errorf("%s: got %v, %v", text, f, err)
		}
	}
}

// FuzzParse: any text is refused, or is a form whose shares are numbers.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"cosine", "onecycle:max=10,pct=.3", "warmup:over=.05+cosine:min=.1",
		"step:until=.5+fixed", "cyclic:mode=exprange,gamma=.5,down=3", "multistep:when=.3/.6/9",
		"restarts:first=1,mult=2", "linear:from=,", "exponential:gamma=1e300,every=1", "plateau:patience=3,min=.2"} {
		f.Add(text, 3, 10)
	}
	f.Fuzz(func(t *testing.T, text string, step, steps int) {
		if p, err := ParsePlateau(text); err == nil && !(p.Next(float64(step)) <= 1) {
			t.Errorf("%q: the share is %v", text, p.Share())
		}
		form, err := Parse(text)
		if err != nil {
			if form != nil || !strings.HasPrefix(err.Error(), "schedule: ") {
				t.Errorf("got %v, %v", form, err)
			}
			return
		}
		if v := form.At(step, steps); !(v >= 0) && steps > 0 {
			t.Errorf("%q: the share at step %d of %d is %v", text, step, steps, v)
		}
	})
}

func TestParsePlateau(t *testing.T) {
	p, err := ParsePlateau("plateau:most=true,patience=3,factor=.5,threshold=.01,absolute=1,cooldown=2,min=.001")
	want := Plateau{Most: true, Patience: 3, Factor: .5, Threshold: .01, Absolute: true, Cooldown: 2, Min: .001}
	if err != nil || *p != want {
		t.Errorf("got %+v, %v, want %+v", p, err, want)
	}
	for text, want := range map[string]string{
		"cosine":               `unknown schedule "cosine"; known is plateau`,
		"plateau:patience=1.5": `plateau: patience is "1.5", want a whole number`,
		"plateau:now=1":        `plateau: unknown key "now"; known are min, most, `,
		"plateau:factor=3":     "Plateau: Factor is 3, want a number in (0, 1), or 0 for 0.1",
	} {
		if p, err := ParsePlateau(text); err == nil || p != nil || !strings.HasPrefix(err.Error(), "schedule: "+want) {
			t.Errorf("%q: got %v, %v, want %s…", text, p, err, want)
		}
	}
}

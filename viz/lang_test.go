package viz

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// faultsOf tells what is wrong with an entry of the catalogue.
func faultsOf(en, zh string) (all []string) {
	verb := regexp.MustCompile(`%[^s]`)
	one, many, two := strings.Cut(en, "|")
	for _, s := range []string{one, many, zh} {
		switch n := strings.Count(s, "%s"); {
		case s == "" && (two || s == one):
			all = append(all, "a text is missing")
		case s != "" && n != strings.Count(one, "%s"):
			all = append(all, "the texts have other numbers of arguments")
		case verb.MatchString(s):
			all = append(all, "an argument is not %s")
		}
	}
	if zh == "" {
		all = append(all, "there is no Chinese")
	}
	if zh != "" && !strings.ContainsFunc(zh, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		all = append(all, "the Chinese has no Chinese character")
	}
	return all
}

// TestCatalogue: every phrase has a text in each language, with as many arguments.
func TestCatalogue(t *testing.T) {
	seen := map[string]phrase{}
	for p := range phraseCount {
		for _, f := range faultsOf(phrases[p].en, phrases[p].zh) {
			t.Errorf("phrase %d, %q: %s", p, phrases[p].en, f)
		}
		seen[phrases[p].en] = p
	}
	for _, c := range []struct{ name, en, zh, want string }{
		{"nothing", "%s update|%s updates", "%s 个更新", ""},
		{"no Chinese", "loss", "", "there is no Chinese"},
		{"English for Chinese", "loss", "loss", "no Chinese character"},
		{"an argument less", "%s steps of %s", "%s 步", "other numbers of arguments"},
		{"a number as a verb", "%d steps", "%s 步", "other numbers of arguments"},
		{"nothing at all", "", "步", "a text is missing"},
	} {
		got := strings.Join(faultsOf(c.en, c.zh), ", ")
		if !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: found %q, want %q", c.name, got, c.want)
		}
	}
}

// TestSay: numbers have their thousands, and English its two forms.
func TestSay(t *testing.T) {
	for _, c := range []struct {
		lang Lang
		n    int
		want string
	}{{"", 1, "1 update not drawn"}, {English, 1234, "1,234 updates not drawn"}, {Chinese, 1, "1 个参数更新未画出"}} {
		if got := c.lang.say(sayUpdates, c.n); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

// TestChinese: in a Chinese drawing headings, legend, notes and tooltips are Chinese; what is not is a name of an op
// or of a value, or a shape.
func TestChinese(t *testing.T) {
	for _, d := range append(drawnModels(t), recurrentDrawn(t)) {
		for depth := -1; depth <= 2; depth++ {
			svg := written(t, func(b *bytes.Buffer) error {
				return WriteSVG(b, d.g, Options{Backward: true, Depth: depth, Lang: Chinese})
			})
			picture, err := readDrawing(svg)
			if err != nil {
				t.Fatal(err)
			}
			if found := picture.check(); len(found) > 0 {
				t.Errorf("%s, depth %d: %s", d.name, depth, found[0])
			}
			for p := range phraseCount {
				words := strings.TrimSpace(strings.NewReplacer("%s", "", "|", "").Replace(phrases[p].en))
				if len(words) < 5 || p == sayHeadForward || strings.Contains(phrases[p].zh, words) {
					continue // short ones occur in names
				}
				if strings.Contains(svg, ">"+words) || strings.Contains(svg, words+"<") {
					t.Errorf("%s, depth %d: %q is English", d.name, depth, words)
				}
			}
			if !strings.Contains(svg, `lang="zh"`) {
				t.Error("the document does not tell its language")
			}
		}
	}
}

func TestUnknownLanguage(t *testing.T) {
	g := &graph.Graph{}
	ops.ReLU(g.Input("x", 3))
	err := WriteSVG(new(bytes.Buffer), g, Options{Lang: "de"})
	if err == nil || err.Error() != `viz: language "de" is not known; known are "en" and "zh"` {
		t.Errorf("got %v", err)
	}
	if !slices.Equal(Langs(), []Lang{English, Chinese}) {
		t.Error(Langs())
	}
}

package words

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
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
	for p := range Count {
		en, zh := p.Texts()
		for _, f := range faultsOf(en, zh) {
			t.Errorf("phrase %d, %q: %s", p, en, f)
		}
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
		if got := c.lang.Say(Updates, c.n); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/nn"
)

// TestSaidAnew: two translators that have learnt a language with one word for two, there and, by --swap, back, say
// texts anew in other words that mean the same, and by the same seed the same ones.
func TestSaidAnew(t *testing.T) {
	dir := t.TempDir()
	meaning := map[string]string{}
	var english, german []string
	for _, size := range [][2]string{{"big", "groß"}, {"large", "groß"}, {"small", "klein"}, {"little", "klein"}} {
		for _, thing := range [][2]string{{"house", "haus"}, {"tree", "baum"}} {
			english, german = append(english, size[0]+" "+thing[0]), append(german, size[1]+" "+thing[1])
			meaning[english[len(english)-1]] = german[len(german)-1]
		}
	}
	pairs, texts := filepath.Join(dir, "pairs"), filepath.Join(dir, "texts.txt")
	if err := os.Mkdir(pairs, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, lines := range map[string][]string{pairs + "/train.en": english, pairs + "/test.en": english[:2],
		pairs + "/train.de": german, pairs + "/test.de": german[:2],
		texts: append(slices.Clone(english), "xylophones")} {
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	through, back := filepath.Join(dir, "there"), filepath.Join(dir, "back")
	for path, more := range map[string][]string{through: nil, back: {"--swap"}} {
		code, _, stderr := zooRun(append([]string{"train", "translate", "--data", pairs, "--width", "32",
			"--depth", "1",
			"--epochs", "60", "--batch", "8", "--lr", ".01", "-o", path}, more...)...)
		if code != 0 {
			t.Fatal(stderr)
		}
	}
	anew := func(flags ...string) (got reworded, stderr string) {
		t.Helper()
		code, stdout, stderr := zooRun(append([]string{"augment", "--data", texts, "--through", through,
			"--back", back,
			"--pictures", "9", "--views", "6", "--json"}, flags...)...)
		if err := json.Unmarshal([]byte(stdout), &got); code != 0 || err != nil {
			t.Fatalf("exit %d: %s%s%v", code, stdout, stderr, err)
		}
		return got, stderr
	}
	got, stderr := anew("--seed", "1", "--temperature", ".6")
	if len(got.Texts) != len(english) ||
		!strings.Contains(stderr, "left out 1 text of which a translator knows no word") {
		t.Errorf("%d texts: %s", len(got.Texts), stderr)
	}
	same, others, all := 0, 0, 0
	for _, text := range got.Texts {
		for _, view := range text.Views {
			all++
			if meaning[view] == meaning[text.Text] {
				same++
				if view != text.Text {
					others++
				}
			}
		}
	}
	if all != 6*len(english) || 10*same < 9*all || 5*others < all {
		t.Errorf("of %d views %d mean the same, and %d of these have other words: %v", all, same, others, got.Texts)
	}
	again, _ := anew("--seed", "1", "--temperature", ".6")
	other, _ := anew("--seed", "2", "--temperature", ".6")
	shown := func(r reworded) string { return linesOf(r.Texts) }
	if shown(again) != shown(got) || shown(other) == shown(got) {
		t.Error("the seed does not say what is said")
	}
	code, stdout, stderr := zooRun("augment", "--data", texts, "--through", through, "--back", back, "--pictures", "1",
		"--views", "2", "--temperature", "0")
	if views := strings.Split(stdout, "\n"); code != 0 || len(views) != 4 || views[0] != "big house" ||
		views[1] != views[2] || !strings.HasPrefix(views[1], "  ") {
		t.Errorf("at temperature 0 exit %d, %q: %s", code, stdout, stderr)
	}

	w := mlpFile(t, dir, "w.safetensors", func(p *nn.Params) { p.Init(1) })
	augment := func(args ...string) []string { return append([]string{"augment"}, args...) }
	for _, c := range []answer{
		{"one way", augment("--through", through), cli.ExitUsage, "--through FILE and --back FILE go together"},
		{"a temperature alone", augment("--temperature", "1"), cli.ExitUsage, "go together"},
		{"a view beside", augment("--through", through, "--back", back, "--view", "swap=.1"), cli.ExitUsage,
			"--view and --through exclude each other"},
		{"below the likeliest", augment("--through", through, "--back", back, "--temperature", "-1"), cli.ExitUsage,
			"--temperature is -1, want a number above 0"},
		{"twice there", augment("--through", through, "--back", through), cli.ExitUsage,
			"it knows 0 of the 4 words that the first translator writes"},
		{"weights of nobody", augment("--through", through, "--back", w), cli.ExitDamaged,
			"--back " + w + ": it does not say"},
		{"pictures", augment("--through", through, "--back", back, "--data", "digits"), cli.ExitUsage,
			"digits is images"},
		{"a direction of pictures", []string{"train", "mlp", "--swap"}, cli.ExitUsage, "--swap says nothing to mlp"},
	} {
		t.Run(c.name, c.check)
	}
	answer{"", augment("--through", through, "--back", back, "--data", pairs+"/train.de"), cli.ExitDamaged,
		"train.de: the translators know no word of its texts"}.refused(t)
}

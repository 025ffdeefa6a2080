package main

import (
	"cmp"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/nn"
)

// TestFilesOfFlags: where a file that a flag names is not there, the one line begins with the flag and the file, which
// it names once. A flag of a verb that reads files, and that the table does not have, fails the test.
func TestFilesOfFlags(t *testing.T) {
	dir := t.TempDir()
	w := mlpFile(t, dir, "w.safetensors", func(p *nn.Params) { p.Init(1) })
	saved := func(model string) string {
		t.Helper()
		path := filepath.Join(dir, model)
		r, err := recipe.Find(model)
		if err == nil {
			err = r.Save(r.New(r.Usual()), path)
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	pairs, photos := saved("seq2seq"), saved("resnet20")
	none := filepath.Join(dir, "none")
	table := map[string]string{
		"train --weights":    "train mlp --steps 1 --weights NONE",
		"train --data":       "train mlp --steps 1 --data NONE",
		"train --resume":     "train mlp --resume NONE",
		"train --augment":    "train sentiment --augment synonyms=NONE",
		"eval --weights":     "eval mlp --weights NONE",
		"eval --data":        "eval mlp --weights W --data NONE",
		"ensemble --data":    "ensemble mlp W W --data NONE",
		"predict --weights":  "predict mlp --weights NONE x.png",
		"generate --weights": "generate gpt --weights NONE",
		"explain --weights":  "explain mlp --weights NONE x.png -o DIR/x.png",
		"draw --weights":     "draw mlp --values --weights NONE",
		"draw --data":        "draw mlp --values --weights W --data NONE",
		"draw --data --map":  "draw vae --map --data NONE -o DIR/m.png",
		"draw --features":    "draw lenet5 --features NONE -o DIR/f.png",
		"trace --weights":    "trace mlp --weights NONE -o DIR/t.html",
		"trace --data":       "trace mlp --data NONE -o DIR/t.html",
		"summary --weights":  "summary mlp --scale --weights NONE",
		"summary --data":     "summary mlp --scale --data NONE",
		"crossval --data":    "crossval mlp --data NONE",
		"lr-find --weights":  "lr-find mlp --weights NONE",
		"lr-find --data":     "lr-find mlp --data NONE",
		"transfer --weights": "transfer resnet20 --weights NONE",
		"transfer --data":    "transfer resnet20 --weights PHOTOS --data NONE",
		"augment --data":     "augment --data NONE -o DIR/v.png",
		"augment --view":     "augment --view synonyms=NONE",
		"augment --through":  "augment --through NONE --back W",
		"augment --back":     "augment --through PAIRS --back NONE",
	}
	said := map[string]string{"train --augment": " synonyms=", "augment --view": " synonyms="}
	for name, line := range table {
		verb, flag := strings.Fields(name)[0], strings.Fields(name)[1]
		separator := cmp.Or(said[name], " ")
		given := strings.NewReplacer("NONE", none, "DIR", dir, "PAIRS", pairs, "PHOTOS", photos, "W", w)
		args := strings.Fields(given.Replace(line))
		code, stdout, stderr := zooRun(args...)
		stderr = stderr[strings.LastIndex(strings.TrimSpace(stderr), "\n")+1:] // transfer says before what it does
		begins, ends := "zoo: "+flag+separator+none+": ", "no such file or directory\n"
		if code != cli.ExitMissing || stdout != "" || strings.Count(stderr, none) != 1 ||
			!strings.HasPrefix(stderr, begins) || !strings.HasSuffix(stderr, ends) {
			t.Errorf("%s: exit %d\ngot  %s%s\nwant %s…%s", name, code, stdout, stderr, begins, ends)
		}
		if verb != args[0] {
			t.Errorf("%s: the line is one of %s", name, args[0])
		}
	}
	for _, c := range (&app{&cli.App{}}).root().Commands() {
		for _, flag := range []string{"weights", "data", "resume", "augment", "view", "features", "through", "back"} {
			if _, ok := table[c.Name()+" --"+flag]; c.Flags().Lookup(flag) != nil && !ok {
				t.Errorf("zoo %s has --%s, which the table does not have", c.Name(), flag)
			}
		}
	}
}

// This file puts a page together.

package html

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"regexp"
	"strings"

	"github.com/stheno-ml/stheno/viz/formula"
	"github.com/stheno-ml/stheno/viz/trace"
)

// Options say how a page begins. The zero Options are the usual ones.
type Options struct {
	Lang string // en or zh, which a reader may change; en if empty
}

// Write writes the page of a trace. The same trace and options give the same bytes.
//
// It is an error if a text of the trace holds markup that is no formula, or a figure something that runs or loads; see
// [trace.Text] and [trace.Figure].
func Write(w io.Writer, t *trace.Trace, opt Options) error {
	if opt.Lang == "" {
		opt.Lang = "en"
	}
	if opt.Lang != "en" && opt.Lang != "zh" {
		return fmt.Errorf("page: language is %q, want en or zh", opt.Lang)
	}
	if err := check(t); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	data, err := dataOf(t, opt)
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	css, js := source("page.css"), script()
	fill := strings.NewReplacer("{{lang}}", opt.Lang, "{{policy}}", policy(css, js),
		"{{title}}", html.EscapeString(plain(in(t.Title, opt.Lang))), "{{style}}", css,
		"{{noscript}}", html.EscapeString(in(catalogue()["noscript"], opt.Lang)), "{{data}}", data, "{{script}}", js)
	_, err = fill.WriteString(w, source("page.html"))
	return err
}

// in is a text in a language, the other if there is none.
func in(t trace.Text, lang string) string {
	if lang == "zh" && t.Zh != "" || t.En == "" {
		return t.Zh
	}
	return t.En
}

//go:embed page
var files embed.FS

// source is a file of the page.
func source(name string) string {
	b, err := files.ReadFile("page/" + name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(b)
}

// modules are the files of the script, each after those that it imports from.
var modules = []string{"dom", "data", "state", "strings", "steps", "scrubber", "shapes", "terms", "parts", "pictures",
	"ladder", "values", "formula", "memory", "tape", "code", "controls", "card", "figures", "dialogs", "main"}

var (
	importing = regexp.MustCompile(`(?m)^import (\{.*\}) from '\./(\w+)\.js';$`)
	exporting = regexp.MustCompile(`(?m)^export (const|function) (\w+)`)
)

// script joins the modules: each becomes a function that returns what it exports.
//
//	const from_steps = await (async () => { …; return { next, previous }; })();
func script() string {
	var b strings.Builder
	for _, m := range modules {
		s := strings.TrimSpace(source(m + ".js"))
		var names []string
		for _, e := range exporting.FindAllStringSubmatch(s, -1) {
			names = append(names, e[2])
		}
		s = importing.ReplaceAllString(s, "const $1 = from_$2;")
		s = exporting.ReplaceAllString(s, "$1 $2")
		fmt.Fprintf(&b, "\nconst from_%s = await (async () => {\n%s\nreturn { %s };\n})();\n", m, s,
			strings.Join(names, ", "))
	}
	return b.String()
}

// policy lets the page run its own script and style, and load nothing.
func policy(css, js string) string {
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; script-src " + hash(js) + "; style-src " + hash(css) +
		"; img-src data:; base-uri 'none'; form-action 'none'"
}

// catalogue holds the strings of the page.
func catalogue() map[string]trace.Text {
	var words map[string]trace.Text
	if err := json.Unmarshal([]byte(source("strings.json")), &words); err != nil {
		panic(err) // it is embedded, and a test reads it
	}
	return words
}

// dataOf is what the script reads: JSON without any < of markup, or the same in less room, gzip in base64.
func dataOf(t *trace.Trace, opt Options) (string, error) {
	data := struct {
		Lang    string                  `json:"lang"`
		Strings map[string]trace.Text   `json:"strings"`
		Rules   map[string]formula.Rule `json:"rules"`
		Ladders []*ladder               `json:"ladders"`
		Trace   *trace.Trace            `json:"trace"`
	}{opt.Lang, catalogue(), rules(t), nil, t}
	for i := range t.Runs {
		data.Ladders = append(data.Ladders, layout(&t.Runs[i]))
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b) // which writes <, > and & as \u003c and so on
	if err := enc.Encode(data); err != nil {
		return "", err
	}
	text := bytes.TrimSpace(b.Bytes())
	if less := compressed(text); len(text) > smallData && len(less) < len(text)*3/4 {
		return less, nil
	}
	return string(text), nil
}

// smallData are left as they are, so that they can be read in the file.
const smallData = 64 << 10

// compressed is gzip in base64, which no browser takes for markup and page/data.js takes for what it is.
func compressed(text []byte) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(text) // into memory, which does not fail
	z.Close()
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// rules are those of the ops of a trace, by their text on the tape, a slash and the number of operands.
func rules(t *trace.Trace) map[string]formula.Rule {
	list := map[string]formula.Rule{}
	for i := range t.Runs {
		for _, n := range t.Runs[i].Nodes {
			if n.Kind != "op" && n.Kind != "constant" {
				continue
			}
			key := fmt.Sprintf("%s/%d", n.Name, len(n.Operands))
			if _, known := list[key]; known {
				continue
			}
			if r, ok := formula.Applied(n.Name, len(n.Operands)); ok {
				list[key] = r
			}
		}
	}
	return list
}

// markup are tags and the signs around formulas.
var markup = regexp.MustCompile(`\\[()]|<[^>]*>`)

// plain is a text without the markup of its formulas.
func plain(s string) string { return markup.ReplaceAllString(s, "") }

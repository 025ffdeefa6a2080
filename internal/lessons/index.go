// This file writes the page that links all lessons.

package lessons

import (
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/stheno-ml/stheno/viz/trace"
)

// File is the name of the lesson's page.
func (l Lesson) File() string { return l.Name + ".html" }

// WriteIndex writes a page that links the pages of the lessons, each with a sentence and a small picture, in both
// languages; lang, "en" or "zh", is the one that it begins in. It holds no script and loads nothing. The traces are
// those of the lessons, in their order.
func WriteIndex(w io.Writer, lang string, traces []*trace.Trace) error {
	all := All()
	if len(traces) != len(all) {
		return fmt.Errorf("index of lessons: got %d traces, want one for each of %d lessons", len(traces), len(all))
	}
	begins := map[string]string{lang: " checked"}
	var b strings.Builder
	b.WriteString(indexHead)
	b.WriteString("<header>\n")
	fmt.Fprintf(&b, `<input type="radio" name="lang" id="en"%s><label for="en" lang="en">English</label>`+"\n",
		begins["en"])
	fmt.Fprintf(&b, `<input type="radio" name="lang" id="zh"%s><label for="zh" lang="zh">中`+
		`文</label>`+"\n</header>\n<main>\n", begins["zh"])
	both(&b, "h1", indexTitle)
	both(&b, "p", indexAbout)
	b.WriteString("<ol>\n")
	for i, l := range all {
		b.WriteString("<li>")
		linked(&b, "en", l, l.Title.En)
		linked(&b, "zh", l, l.Title.Zh)
		both(&b, "p", l.Sentence)
		b.WriteString(l.thumbnail(traces[i]))
		b.WriteString("</li>\n")
	}
	b.WriteString("</ol>\n</main>\n</body>\n</html>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

var (
	indexTitle = trace.Text{En: "Backpropagation in twelve lessons", Zh: "反向传播十二课"}
	indexAbout = trace.Text{
		En: "Each lesson is a small graph, computed by this project's own ops, that you step through forward and " +
			"backward. Begin with 1, 2 and 6: they need no more than school calculus. “Primer” in brackets means 《" +
			"深度学习基础》, a short introduction in Chinese, which no lesson needs.",
		Zh: "每一课是一张小计算图，由本项目自己的算子算出，可以一步一步地前进和后退。建议先学第 1、2、6 课：只需要" +
			"中学的微积分知识。括号里的“教材”指《深度学习基础》，没有它也能学。",
	}
)

// both writes an element for each language; the style shows one of them.
func both(b *strings.Builder, element string, t trace.Text) {
	for _, v := range [][2]string{{"en", t.En}, {"zh", t.Zh}} {
		fmt.Fprintf(b, `<%s lang="%s">%s</%s>`, element, v[0], html.EscapeString(v[1]), element)
	}
	b.WriteByte('\n')
}

func linked(b *strings.Builder, lang string, l Lesson, title string) {
	fmt.Fprintf(b, `<h2 lang="%s"><a href="%s#lang=%s">%d · %s</a></h2>`, lang, html.EscapeString(l.File()), lang,
		l.Number,
		html.EscapeString(title))
}

// thumbnail is a figure of the lesson, where a stop of its tour shows it.
func (l Lesson) thumbnail(t *trace.Trace) string {
	if len(t.Tour) <= l.picture.stop || len(t.Figures) <= l.picture.figure {
		return ""
	}
	s := t.Settings[t.Tour[l.picture.stop].Setting]
	shown := t.Runs[s.Run].States[s.State].Shown[l.picture.figure]
	return strings.Replace(shown, "<svg ", `<svg aria-hidden="true" `, 1)
}

const indexHead = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri "+
	"'none'; form-action 'none'">
<title>Backpropagation in twelve lessons · 反向传播十二课</title>
<style>
:root { color-scheme: light dark; --paper: #fff; --ink: #1a1a1a; --quiet: #565e6b;
  --line: #767e8c; --accent: #0b57d0; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #12161c; --ink: #e8eaed; --quiet: #a9b2c0; --line: #8a94a6; --accent: #8ab4ff; } }
body { margin: 0 auto; max-width: 1100px; padding: 16px; background: var(--paper); color: var(--ink);
  font: 16px/1.5 Inter, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", system-ui, sans-serif; }
label { padding: 0 12px 0 4px; }
body:has(#en:checked) main [lang=zh], body:has(#zh:checked) main [lang=en] { display: none; }
ol { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(300px,
	1fr)); gap: 16px; }
li { border: 1px solid var(--line); border-radius: 8px; padding: 12px; display: flex; flex-direction: column; }
h1 { font-size: 24px; } h2 { font-size: 18px; margin: 0; } p { margin: 4px 0 10px; color: var(--quiet); }
a { color: var(--accent); } :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
svg { width: 100%; height: 130px; margin-top: auto; }
@media print { li { break-inside: avoid; } header { display: none; } }
</style>
</head>
<body>
`

package html_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/stheno-ml/stheno/viz/trace"
)

// lesson is the graph of the forks with all that a lesson may have: a slider, a switch, a figure, a question and a
// tour.
func lesson(t testing.TB) *trace.Trace {
	t.Helper()
	tr := forks(t)
	run := &tr.Runs[0]
	run.States = append(run.States, run.States[0], run.States[0])
	const figure = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 40" class="fig-ink">` +
		`<path d="M10 30H%d" stroke="currentColor"/>` +
		`<text x="10" y="20" font-size="14" fill="currentColor">σ(z)</text></svg>`
	for i := range run.States {
		run.States[i].Shown = []string{fmt.Sprintf(figure, 60+40*i)}
	}
	tr.Figures = []trace.Figure{
		{ID: "line", Title: text("A line", "一条线"), Alt: text("It grows.", "它变长。"), Reveals: true},
	}
	tr.Controls = []trace.Control{
		{ID: "x", Slider: true, Name: text(`Input \(<mi>x</mi>\)`, `输入 \(<mi>x</mi>\)`),
			Values: []trace.Text{text("1", "1"), text("2", "2"), text("3", "3")}, Alone: true},
		{ID: "way", Name: text("Sum", "求和"),
			Values: []trace.Text{text("add", "相加"), text("overwrite", "覆盖")}, Alone: true},
	}
	tr.Settings = []trace.Setting{
		{At: []int{0, 0}}, {At: []int{1, 0}, State: 1}, {At: []int{2, 0}, State: 2}, {At: []int{0, 1}, State: 1},
	}
	tr.Questions = []trace.Question{
		{Text: text("What is the gradient at a fork?", "分叉处的梯度是什么？"),
			Choices: []trace.Text{text("the last one", "最后一份"), text("the sum", "各份之和")},
			Answer:  1, Because: text("Each road changes the loss.", "每条路都会改变损失。"), Refutes: []string{"M2"}},
		{Text: text("And then?", "然后呢？"), Choices: []trace.Text{text("a", "甲"), text("b", "乙")},
			Because: text("So it is.", "就是这样。")},
	}
	tr.Tour = []trace.Stop{
		{Text: text("Here it begins.", "从这里开始。"), Instruction: -1},
		{Text: text("The sum.", "求和。"), Setting: 1, Instruction: 3},
		{Text: text(`The end: \(<mfrac><mi>a</mi><mi>b</mi></mfrac>\).`, "结束。"), Setting: 2, Instruction: 18},
	}
	return tr
}

func text(en, zh string) trace.Text { return trace.Text{En: en, Zh: zh} }

// look returns what a reader would stumble over, and fails where it is not nothing.
func (b *tab) look(where string) {
	b.Helper()
	script, err := os.ReadFile("testdata/look.js")
	if err != nil {
		b.Fatal(err)
	}
	for _, fault := range eval[[]string](b, string(script)) {
		b.Errorf("%s: %s", where, fault)
	}
	b.axe(where)
}

// axe runs axe-core over the page if its file is named by the environment, and fails where it finds something serious.
func (b *tab) axe(where string) {
	b.Helper()
	path := os.Getenv("STHENO_AXE")
	if path == "" {
		return
	}
	script, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	found := eval[string](b, string(script)+`;
	axe.run(document, { resultTypes: ['violations'] }).then((r) => JSON.stringify(r.violations
		.filter((v) => v.impact === 'serious' || v.impact === 'critical')
		.map((v) => v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200)).join(' | '))))`)
	var list []string
	if err := json.Unmarshal([]byte(found), &list); err != nil {
		b.Fatal(err)
	}
	for _, v := range list {
		b.Errorf("%s: axe: %s", where, v)
	}
}

// TestLook: in both languages, both themes, each view, on a projector, a large screen and a phone no text is cut off,
// out of reach or on another, all that can be used has a name and lies in a landmark, headings leave out no level, and
// texts can be read against what is behind them.
func TestLook(t *testing.T) {
	pages := map[string]struct {
		tr    *trace.Trace
		views []string
	}{
		"lesson": {lesson(t), []string{"tab=figures&guide=question", "tab=formula&at=19&a=-1", "tab=values&at=12&a=1",
			"tab=formula&at=12&stop=1"}},
		"lenet": {lenet(t), []string{"tab=formula&at=0", "tab=formula&at=1", "tab=formula&at=37",
			"tab=values&at=14&e=3", "tab=tape&at=30", "tab=memory&at=6", "tab=code&at=8",
			"tab=formula&at=20&o=0:0,0:1"}},
	}
	modes := []string{"lang=en&theme=light", "lang=zh&theme=dark", "lang=en&theme=dark", "lang=zh&theme=light"}
	for name, p := range pages {
		b := openPage(t, p.tr, "")
		for _, size := range [][2]int64{{1280, 720}, {1920, 1080}, {390, 844}} {
			b.do(chromedp.EmulateViewport(size[0], size[1]))
			for i, view := range p.views {
				for k, mode := range modes {
					if k > 1 && i > 0 { // both languages and both themes, and of the first view each with each
						continue
					}
					if size[0] > 1280 && k != i%2 { // there is room for all
						continue
					}
					b.turn("#" + view + "&" + mode)
					b.look(fmt.Sprintf("%s at %d×%d, %s&%s", name, size[0], size[1], view, mode))
				}
			}
		}
		for _, key := range []string{"?", "/"} {
			b.do(chromedp.EmulateViewport(1280, 720))
			b.turn("#at=3&lang=zh&theme=dark")
			b.press(key)
			b.look(name + ", dialog " + key)
		}
		b.quiet()
	}
}

// TestLookFinds: each fault that TestLook looks for is found when it is made.
func TestLookFinds(t *testing.T) {
	b := openPage(t, forks(t), "#at=12&tab=formula")
	script, err := os.ReadFile("testdata/look.js")
	if err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]string{
		"no name":     `document.getElementById('find').textContent = ''`,
		"contrast":    `document.querySelector('#panel h2').style.color = '#999'`,
		"contrast 1.": `document.querySelector('#panel h2').style.opacity = '.3'`,
		"nothing between two links": `document.querySelector('#panel').append(...['a', 'b'].map((text) =>
			Object.assign(document.createElement('button'), { className: 'link', textContent: text })))`,
		"texts overlap":            `document.querySelector('#panel .line-text').style.marginTop = '-20px'`,
		"the page is wider":        `document.body.style.width = '3000px'`,
		"two elements have the id": `document.querySelector('#panel h2').id = 'step'`,
		"in no landmark":           `document.getElementById('foot').removeAttribute('aria-label')`,
		"a heading skips a level":  `document.querySelector('#panel h2').outerHTML = '<h3>skips</h3>'`,
		"text is hidden at a side": `Object.assign(document.querySelector('.op-heading').style,
			{ overflow: 'hidden', width: '20px', whiteSpace: 'nowrap' })`,
		"text is hidden above or below": `document.getElementById('panel').style.cssText =
			'height: 20px; overflow: hidden; min-height: 0'`,
		"text lies left of where scrolling begins": `document.querySelector('#panel h2').style.marginLeft = '-300px'`,
		"text lies above where scrolling begins": `document.querySelector('#panel h2').style.cssText =
			'position: relative; top: -400px'`,
		"text lies outside of the page": `document.getElementById('title').style.cssText =
			'position: relative; top: -80px'`,
		"text is cut off": `Object.assign(document.getElementById('where').style,
			{ overflow: 'hidden', width: '20px', minWidth: '0', whiteSpace: 'nowrap', display: 'block' })`,
		"text leaves its drawing": `document.querySelector('#panel').append(new DOMParser().parseFromString(
			'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>leaves</text></svg>',
			'image/svg+xml').documentElement)`,
		"text is wider than its place": `Object.assign(document.getElementById('find').style,
			{ width: '20px', overflow: 'hidden' })`,
	} {
		b.visit("#at=12&tab=formula")
		b.do(chromedp.Evaluate[chromedp.Void](spoil))
		found := eval[[]string](b, string(script))
		if !slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("%q is not found: %v", want, found)
		}
	}
}

// TestCode: the lines of code are indented by whole tabs.
func TestCode(t *testing.T) {
	b := openPage(t, lenet(t), "#at=8&tab=code")
	const indent = `Math.max(...[...document.querySelectorAll('.codeline code')].map((e) => {
		const text = e.firstChild;
		const range = document.createRange();
		range.setStart(text, text.data.search(/[^\t]/));
		range.setEnd(text, text.length);
		return range.getBoundingClientRect().left - e.getBoundingClientRect().left;
	}))`
	const tab = 24 // pixels; a tab is four letters of 7 or 8
	if got := eval[float64](b, indent); got < tab {
		t.Errorf("code is indented by %.0f pixels, want at least %d", got, tab)
	}
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('.codeline code').forEach((e) => {
		e.style.display = 'inline';
		e.style.tabSize = '1';
	})`))
	if got := eval[float64](b, indent); got >= tab {
		t.Errorf("code with narrow tabs is indented by %.0f pixels", got)
	}
}

// TestPrint: what is printed has the ladder as wide as the sheet of paper, and all of the guide and the panel.
func TestPrint(t *testing.T) {
	b := openPage(t, lenet(t), "#at=14&tab=values")
	const cut = `[
		...[...document.querySelectorAll('.sheet, .box')].filter((e) =>
			e.getBoundingClientRect().right > document.getElementById('ladder').getBoundingClientRect().right),
		...[...document.querySelectorAll('#card, #right, #panel')].filter((e) => e.scrollHeight > e.clientHeight + 1),
	].length`
	b.do(chromedp.EmulateViewport(694, 1000)) // the ladder is 699 wide
	if eval[int](b, cut) == 0 {
		t.Error("nothing is cut off of what is not printed")
	}
	b.do(chromedp.Evaluate[chromedp.Void](`for (const rule of document.styleSheets[0].cssRules)
		if (rule.media) rule.media.mediaText = rule.media.mediaText === 'print' ? 'all' : 'not all'`))
	if n := eval[int](b, cut); n > 0 {
		t.Errorf("%d parts are cut off of what is printed", n)
	}
	if shown := b.text(`String(document.querySelector('.tools').checkVisibility())`); shown != "false" {
		t.Error("buttons are printed")
	}
}

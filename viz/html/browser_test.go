package html_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/stheno-ml/stheno/viz/html"
	"github.com/stheno-ml/stheno/viz/trace"
)

// A tab is a page in a real browser that has no network.
type tab struct {
	testing.TB
	ctx     context.Context
	console *[]string // what the page has said
	said    *sync.Mutex
	url     string
}

// browsers is the one browser of all tests.
var browsers struct {
	sync.Once
	ctx  context.Context
	path string
	stop func()
}

// long asks for more than every run of the tests can take: a thousand jumps in place of some, each stop of each lesson
// looked at, and bounds on how long a step takes, which hold on a machine that does nothing else.
var long = flag.Bool("long", false, "more jumps, more looks, and bounds on times")

// TestMain ends the browser, if one was started.
func TestMain(m *testing.M) {
	code := m.Run()
	if browsers.stop != nil {
		browsers.stop()
	}
	os.Exit(code)
}

// chromium is a browser's program, "" if there is none.
func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// start starts the browser, or skips the test.
func start(t testing.TB) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes some seconds to start")
	}
	browsers.Do(func() {
		if browsers.path = chromium(); browsers.path == "" {
			return
		}
		opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browsers.path), chromedp.NoSandbox,
			chromedp.Flag("proxy-server", "127.0.0.1:9"), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"),
			chromedp.Flag("disable-gpu", true), chromedp.WindowSize(1400, 900))
		ctx, stop := chromedp.NewExecAllocator(context.Background(), opts...)
		ctx, _ = chromedp.NewContext(ctx)
		browsers.ctx, browsers.stop = ctx, stop
		if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
			browsers.path, browsers.ctx = "", nil
		}
	})
	if browsers.ctx == nil {
		t.Skip("there is no chromium that starts: apt-get install chromium")
	}
	return browsers.ctx
}

// openPage writes the page of a trace and opens it from disk.
func openPage(t testing.TB, tr *trace.Trace, fragment string) *tab {
	t.Helper()
	start(t)
	path := filepath.Join(t.TempDir(), "page.html")
	var b bytes.Buffer
	if err := html.Write(&b, tr, html.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return openFile(t, path, fragment)
}

func openFile(t testing.TB, path, fragment string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(start(t))
	ctx, stop := context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(func() { stop(); cancel() })
	b := &tab{TB: t, ctx: ctx, console: &[]string{}, said: &sync.Mutex{}, url: "file://" + path}
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			b.said.Lock()
			*b.console = append(*b.console, string(m.Type)+": "+m.Text)
			b.said.Unlock()
		}
	}()
	b.visit(fragment)
	return b
}

// visit loads the page at a fragment.
func (b *tab) visit(fragment string) {
	b.Helper()
	b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(b.url+fragment))
	if b.soon(`document.documentElement?.dataset.ready`, "true") != "true" {
		b.Fatalf("the page is not ready: %v", b.messages())
	}
}

// turn changes the address of the page that is loaded, as a link does.
func (b *tab) turn(fragment string) {
	b.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`new Promise(done => {
		document.querySelector('dialog[open]')?.close();
		document.activeElement?.blur();
		addEventListener('hashchange', () => setTimeout(done, 0), { once: true });
		location.hash = '%s&lang=en&theme=auto&again=' + Math.random();
	})`, fragment), chromedp.EvalAwaitPromise))
}

func (b *tab) messages() []string {
	b.said.Lock()
	defer b.said.Unlock()
	return append([]string{}, *b.console...)
}

// quiet fails if the page has said anything.
func (b *tab) quiet() {
	b.Helper()
	if m := b.messages(); len(m) > 0 {
		b.Errorf("the console says %d things, first %q", len(m), m[0])
	}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// eval is the value of an expression in the page.
func eval[T any](b *tab, expression string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v", strings.TrimSpace(expression), err)
	}
	return v
}

func (b *tab) text(expression string) string { b.Helper(); return eval[string](b, expression) }

// soon is the value of an expression once it is the one that is wanted, or after a minute.
func (b *tab) soon(expression, want string) string {
	b.Helper()
	return b.text(fmt.Sprintf(`new Promise(done => {
		const begin = performance.now();
		const look = () => {
			const v = String(%s);
			v === %q || performance.now() - begin > 60000 ? done(v) : setTimeout(look, 10);
		};
		look();
	})`, expression, want))
}

// position is how many instructions have been executed, as the scrubber shows it.
func (b *tab) position() int {
	b.Helper()
	return eval[int](b, `Number(document.getElementById('scrubber').value)`)
}

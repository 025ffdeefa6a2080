// This file holds the progress of training: a bar on a terminal, plain lines elsewhere.

package training

import (
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/train"
)

// progress shows how far training is.
type progress struct {
	mu     sync.Mutex
	w      io.Writer
	screen io.Writer     // nil off a terminal
	bars   *mpb.Progress // of the epoch, nil between epochs
	bar    *mpb.Bar
	loss   atomic.Uint64 // the bits of the mean so far, which the bar's own goroutine reads
}

// newProgress writes lines to w, and draws a bar on screen between them if that is a terminal.
func newProgress(w, screen io.Writer) *progress {
	p := &progress{w: w}
	if _, ok := cli.Terminal(screen); ok {
		p.screen = screen
	}
	return p
}

// show takes the state after a step or an evaluation.
func (p *progress) show(now train.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Scores != nil {
		p.end()
		if told(now.Epoch, now.Epochs) {
			fmt.Fprintln(p.w, line(now))
		}
		return
	}
	if p.screen == nil {
		return
	}
	p.loss.Store(math.Float64bits(now.MeanLoss))
	if p.bars == nil {
		p.begin(now)
	}
	p.bar.SetCurrent(int64(now.Step))
}

// mostTold is how many epochs have a line of their own: of more, which are short, so many are told at most.
const mostTold = 50

// told reports whether an epoch of so many has a line.
func told(epoch, epochs int) bool {
	return epoch == epochs || epoch%((epochs-1)/mostTold+1) == 0
}

func (p *progress) begin(now train.Progress) {
	p.bars = mpb.New(mpb.WithOutput(p.screen), mpb.WithWidth(40), mpb.WithRefreshRate(80*time.Millisecond))
	style := mpb.BarStyle().Lbound("").Filler("━").Tip("━").Padding("─").Rbound("")
	if cli.Colours() {
		style = style.FillerMeta(green).TipMeta(green)
	}
	p.bar = p.bars.New(int64(now.Steps), style,
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(fmt.Sprintf("epoch %d/%d ", now.Epoch, now.Epochs)),
			decor.CountersNoUnit("%d/%d ")),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
			return fmt.Sprintf(" loss %v ", cli.Figure(math.Float64frombits(p.loss.Load())))
		}),
			decor.AverageETA(decor.ET_STYLE_GO)))
}

func green(s string) string { return "\x1b[32m" + s + "\x1b[0m" }

// say writes a line, above the bar if there is one.
func (p *progress) say(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.w
	if p.bars != nil {
		w = p.bars
	}
	fmt.Fprintln(w, text)
}

// close takes the bar away. Its goroutine has ended then, and what is written next stays.
func (p *progress) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end()
}

// end is close for who holds the lock.
func (p *progress) end() {
	if p.bars == nil {
		return
	}
	p.bar.Abort(true)
	p.bars.Wait()
	p.bars = nil
}

// line tells of an epoch: epoch 1/5  156 steps  2.1 s  loss 0.5123  test loss 0.2201  accuracy 0.9330.
func line(now train.Progress) string {
	var b strings.Builder
	fmt.Fprintf(&b, "epoch %d/%d  %s  %.1f s  loss %v", now.Epoch, now.Epochs, cli.Counted(now.Step, "step"),
		now.Elapsed.Seconds(), cli.Figure(now.MeanLoss))
	if now.Scores != nil {
		fmt.Fprintf(&b, "  test loss %v", cli.Figure(now.Scores.Loss))
		for _, name := range cli.SortedKeys(now.Scores.Metrics) {
			fmt.Fprintf(&b, "  %s %v", name, cli.Figure(now.Scores.Metrics[name]))
		}
	}
	return b.String()
}

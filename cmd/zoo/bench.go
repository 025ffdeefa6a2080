// This file holds bench, which times training steps and forward passes.

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/bench"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/near"
	"github.com/stheno-ml/stheno/internal/recipe"
)

// benchFlags are the flags of bench.
type benchFlags struct {
	batch          int
	seconds        float64
	infer, profile bool
	size           kind.Size // of models
}

func (a *app) benchCommand() *cobra.Command {
	var f benchFlags
	c := &cobra.Command{Use: "bench [NAME or MODEL...]",
		Short: "Time the training steps of the benchmark workloads, or of any model",
		Long: `Time training steps, or with --infer forward passes for evaluation, over inputs that are set once.

A NAME is that of a workload or a part of it; a MODEL is one of the zoo, with its usual batch and optimizer. Without
any, all workloads run. The table has the median step and its 99th percentile and maximum, the rate of items, the rate
of floating point operations of matrix products and convolutions with its share of the machine's peak, which is
measured first, and allocations and memory.

--profile also shows where the time goes: by op, and the instructions that take most.`,
		Example: "  zoo bench\n  zoo bench lenet5_b64_sgd --seconds 10\n  zoo bench gpt --profile\n" +
			"  zoo bench lenet5 --infer --batch 1 --json",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return benchNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("batch") && (f.batch < 1 || f.batch > cli.MaxBatch) {
				return cli.Usagef("--batch is %d, want 1 to %d", f.batch, cli.MaxBatch)
			}
			if !(f.seconds > 0 && f.seconds <= maxSeconds) {
				return cli.Usagef("--seconds is %v, want a number above 0, at most %d", f.seconds, maxSeconds)
			}
			all, err := f.workloads(args)
			if err != nil {
				return err
			}
			return a.bench(all, f)
		}}
	c.Flags().Var(cli.Whole(&f.batch), "batch", "rows a step, in place of each workload's own")
	f.seconds = 3
	c.Flags().Var(cli.Decimal(&f.seconds), "seconds", "time for each workload, after warming up; five steps at least")
	cli.SizeFlags(c, &f.size)
	c.Flags().BoolVar(&f.infer, "infer", false, "forward passes for evaluation in place of training steps")
	c.Flags().BoolVar(&f.profile, "profile", false, "show the time of each op and of the slowest instructions")
	a.JSONFlag(c)
	return c
}

// maxSeconds is a bound, so that a slip of the finger is an error and not a full memory.
const maxSeconds = 24 * 60 * 60

// benchNames are what bench takes: workloads and models.
func benchNames() []string {
	var all []string
	for _, w := range bench.Workloads() {
		all = append(all, w.Name)
	}
	return append(all, recipe.Names()...)
}

// workloads returns those that the arguments name, each once, as the flags want them.
func (f benchFlags) workloads(args []string) ([]bench.Workload, error) {
	all := bench.Workloads()
	if len(args) > 0 {
		all = nil
	}
	for _, name := range args {
		found, err := f.named(name)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, cli.Usagef("unknown workload or model %q; known are %s", name,
				cli.Joined(near.Sort(name, benchNames())))
		}
		for _, w := range found {
			if !slices.ContainsFunc(all, func(v bench.Workload) bool { return v.Name == w.Name }) {
				all = append(all, w)
			}
		}
	}
	for i := range all {
		all[i].Infer = all[i].Infer || f.infer
		if f.batch > 0 {
			all[i].Batch = f.batch
		}
	}
	return all, nil
}

// named prefers a model to workloads that only contain its name. Workloads have one size.
func (f benchFlags) named(name string) ([]bench.Workload, error) {
	if name == "" {
		return nil, nil
	}
	if _, err := cli.Find(name); err == nil {
		r, err := cli.Sized(name, f.size)
		return []bench.Workload{workload(r)}, err
	}
	found := bench.Find(name)
	if len(found) > 0 && f.size != (kind.Size{}) {
		return nil, cli.Usagef("%s: sizes are those of models, and %s is a workload",
			strings.Join(f.size.Flags(), " "), name)
	}
	return found, nil
}

// workload is the usual training step of the model, or its forward pass.
func workload(r recipe.Recipe) bench.Workload {
	return bench.Workload{Name: r.Name, Batch: r.Batch, Problem: func(n int) bench.Problem {
		m := r.New(r.Usual())
		t, err := r.Trainer(m, r.Optimizer, r.LR)
		if err != nil {
			panic(err) // a fault in the table of models
		}
		return bench.Problem{Model: m, Trainer: t, Batch: m.Numbers(n, bench.Seed),
			Answer: func(g *graph.Graph) graph.Node { return m.Answer(g, n) }, Inputs: m.InputNumbers(n, bench.Seed)}
	}}
}

// benched is the JSON of one workload.
type benched struct {
	Name         string     `json:"name"`
	Mode         string     `json:"mode"`
	Batch        int        `json:"batch"`
	Seed         int        `json:"seed"`
	Parameters   int        `json:"parameters"`
	Steps        int        `json:"steps"`
	Milliseconds cli.Figure `json:"ms_per_step"`
	P50          cli.Figure `json:"p50"`
	P99          cli.Figure `json:"p99"`
	Max          cli.Figure `json:"max"`
	Items        cli.Figure `json:"items_per_second"`
	Allocs       uint64     `json:"allocs_per_step"`
	Collections  uint32     `json:"gc_count"`
	Arena        int        `json:"arena_bytes"`
	PeakLive     int        `json:"peak_live_bytes"`
	Unplanned    int        `json:"unplanned_bytes"`
	Flops        int64      `json:"flops"`
	GFLOPS       cli.Figure `json:"gflops"`
	PeakShare    cli.Figure `json:"peak_share"`
	Peak         cli.Figure `json:"peak_gflops"`
	CorePeak     cli.Figure `json:"core_peak_gflops"`
	Copy         cli.Figure `json:"copy_gb_per_second"`
	CPU          string     `json:"cpu"`
	Form         string     `json:"cpu_form"`
	Threads      int        `json:"threads"`

	NotFinite    []string   `json:"not_finite,omitempty"`
	Ops          []profiled `json:"ops,omitempty"`
	Instructions []profiled `json:"instructions,omitempty"`
}

func benchedOf(r bench.Result, s *bench.Step, m bench.Machine) benched {
	mode := "train"
	if r.Infer {
		mode = "infer"
	}
	b := benched{Name: r.Name, Mode: mode, Batch: r.Batch, Seed: bench.Seed, Parameters: s.Params, Steps: r.Steps,
		Milliseconds: milliseconds(r.Median), P50: milliseconds(r.Median), P99: milliseconds(r.P99),
		Max:   milliseconds(r.Max),
		Items: cli.Figure(r.ItemsPerSecond()), Allocs: r.Allocs, Collections: r.GCs,
		Arena: r.Memory.Arena, PeakLive: r.Memory.PeakLive, Unplanned: r.Memory.Unplanned,
		Flops: r.Flops, GFLOPS: cli.Figure(r.GFLOPS()), PeakShare: cli.Figure(r.GFLOPS() / m.GFLOPS),
		Peak: cli.Figure(m.GFLOPS), CorePeak: cli.Figure(m.CoreGFLOPS), Copy: cli.Figure(m.CopyGBs), CPU: m.CPU,
		Form:    m.Form,
		Threads: m.Threads}
	b.NotFinite = cli.NotFinite(b)
	return b
}

func milliseconds(d time.Duration) cli.Figure { return cli.Figure(d.Nanoseconds()) / 1e6 }

func (a *app) bench(workloads []bench.Workload, f benchFlags) error {
	m, err := cli.AtOnce(a.App, func() (bench.Machine, error) { return bench.MeasureMachine(), nil })
	if err != nil {
		return benchInterrupted(workloads[0], err)
	}
	a.benchHead(workloads, m)
	var all []benched
	for _, w := range workloads {
		if err := a.Stdout.Failed(); err != nil {
			return err
		}
		r, s, err := a.measure(w, f)
		if err != nil {
			return benchInterrupted(w, err)
		}
		if r.GCs > 0 {
			a.Logf("%s: garbage was collected %d times while it was timed", w.Name, r.GCs)
		}
		b := benchedOf(r, s, m)
		a.benchRow(workloads, b)
		if f.profile {
			if err := a.profile(&b, s, f); err != nil {
				return err
			}
		}
		all = append(all, b)
	}
	if a.JSON {
		return a.WriteJSON(all)
	}
	return nil
}

// measure measures a workload; a step may be long, and an interruption does not wait for it.
func (a *app) measure(w bench.Workload, f benchFlags) (bench.Result, *bench.Step, error) {
	type measured struct {
		bench.Result
		*bench.Step
	}
	m, err := cli.AtOnce(a.App, func() (m measured, err error) {
		m.Result, m.Step, err = bench.Measure(a.Ctx, w, time.Duration(f.seconds*float64(time.Second)))
		return m, err
	})
	return m.Result, m.Step, err
}

func benchInterrupted(w bench.Workload, err error) error {
	if errors.Is(err, context.Canceled) {
		return cli.Interrupted("bench of " + w.Name)
	}
	return err
}

// nameWidth is that of the first column: rows are printed one by one, as they are measured.
func nameWidth(workloads []bench.Workload) int {
	width := len("WORKLOAD")
	for _, w := range workloads {
		width = max(width, len(w.Name))
	}
	return width
}

func (a *app) benchHead(workloads []bench.Workload, m bench.Machine) {
	machine := fmt.Sprintf("%s, %s, %d threads: peak %.0f GFLOP/s, %.0f on one core, copies %.0f GB/s; seed %d",
		m.CPU, m.Form, m.Threads, m.GFLOPS, m.CoreGFLOPS, m.CopyGBs, bench.Seed)
	if a.JSON {
		a.Logf("%s", machine)
		return
	}
	fmt.Fprintf(a.Stdout, "%s\n%-*s  %10s  %10s  %10s  %10s  %8s  %6s  %6s  %8s  %9s\n", machine, nameWidth(workloads),
		"WORKLOAD", "MS/STEP", "P99", "MAX", "ITEMS/S", "GFLOP/S", "PEAK", "ALLOCS", "ARENA", "UNPLANNED")
}

func (a *app) benchRow(workloads []bench.Workload, b benched) {
	if a.JSON {
		return
	}
	fmt.Fprintf(a.Stdout, "%-*s  %10.3f  %10.3f  %10.3f  %10.0f  %8.1f  %4.1f %%  %6d  %8s  %9s\n",
		nameWidth(workloads), b.Name,
		b.Milliseconds, b.P99, b.Max, b.Items, b.GFLOPS, 100*b.PeakShare, b.Allocs, graph.Bytes(b.Arena),
		graph.Bytes(b.Unplanned))
}

// profiled is the time of an instruction, or of all of an op.
type profiled struct {
	Index  *int       `json:"index,omitempty"` // of the instruction
	Op     string     `json:"op"`
	Count  int        `json:"count"`
	Type   string     `json:"type,omitempty"`
	Layer  string     `json:"layer,omitempty"`
	Phase  string     `json:"phase,omitempty"`
	Micros cli.Figure `json:"us"`
	Share  cli.Figure `json:"share"` // of the sum over all instructions
	GFLOPS cli.Figure `json:"gflops"`
	GBs    cli.Figure `json:"gb_per_second"`

	flops int64
	bytes int
}

func (p *profiled) rates(total cli.Figure) {
	if p.Micros == 0 {
		return
	}
	p.Share, p.GFLOPS, p.GBs = p.Micros/total, cli.Figure(p.flops)/p.Micros/1e3, cli.Figure(p.bytes)/p.Micros/1e3
}

// profile adds the time of each op and instruction, and prints them.
func (a *app) profile(b *benched, s *bench.Step, f benchFlags) error {
	runs := int(min(max(f.seconds*1e3/float64(b.Milliseconds), 3), 100))
	times, err := s.Program.Profile(runs)
	if err != nil {
		return fmt.Errorf("%s: %w", b.Name, err)
	}
	total := cli.Figure(0)
	byOp := map[string]*profiled{}
	for _, t := range times {
		if t.View {
			continue
		}
		micros := cli.Figure(t.Time.Nanoseconds()) / 1e3
		total += micros
		b.Instructions = append(b.Instructions, profiled{Index: &t.Index, Op: t.Op.String(), Count: 1,
			Type: t.Types[0].String(), Layer: t.Scope,
			Phase: t.Phase.String(), Micros: micros, flops: t.Products, bytes: t.Bytes})
		name, _, _ := strings.Cut(t.Op.String(), " ")
		o := byOp[name]
		if o == nil {
			o = &profiled{Op: name}
			byOp[name] = o
		}
		o.Count++
		o.Micros += micros
		o.flops += t.Products
		o.bytes += t.Bytes
	}
	for _, name := range cli.SortedKeys(byOp) {
		b.Ops = append(b.Ops, *byOp[name])
	}
	for _, list := range [][]profiled{b.Ops, b.Instructions} {
		slices.SortStableFunc(list, func(x, y profiled) int { return cmp.Compare(y.Micros, x.Micros) })
		for i := range list {
			list[i].rates(total)
		}
	}
	if !a.JSON {
		a.writeProfile(*b, runs, total)
	}
	return nil
}

// profileRows is how many instructions the table shows.
const profileRows = 20

func (a *app) writeProfile(b benched, runs int, total cli.Figure) {
	fmt.Fprintf(a.Stdout, "\n  by op, median of %d runs, %.3f ms in all\n", runs, total/1e3)
	fmt.Fprintf(a.Stdout, "  %10s  %6s  %8s  %7s  %6s  %s\n", "µs", "SHARE", "GFLOP/S", "GB/S", "COUNT", "OP")
	for _, p := range b.Ops {
		fmt.Fprintf(a.Stdout, "  %s  %6d  %s\n", p.figures(), p.Count, p.Op)
	}
	shown := b.Instructions[:min(len(b.Instructions), profileRows)]
	fmt.Fprintf(a.Stdout, "\n  the slowest %d of %d instructions\n", len(shown), len(b.Instructions))
	op, typ := len("OP"), len("TYPE")
	for _, p := range shown {
		op, typ = max(op, utf8.RuneCountInString(p.Op)), max(typ, len(p.Type))
	}
	fmt.Fprintf(a.Stdout, "  %10s  %6s  %8s  %7s  %6s  %-8s  %-*s  %-*s  %s\n", "µs", "SHARE", "GFLOP/S", "GB/S", "#",
		"PHASE", op, "OP", typ, "TYPE", "LAYER")
	for _, p := range shown {
		row := fmt.Sprintf("  %s  %6d  %-8s  %-*s  %-*s  %s", p.figures(), *p.Index, p.Phase, op, p.Op, typ,
			p.Type, p.Layer)
		fmt.Fprintln(a.Stdout, strings.TrimRight(row, " "))
	}
	fmt.Fprintln(a.Stdout)
}

// figures are the numbers of a row; ops that count no operations have no rate.
func (p profiled) figures() string {
	rate := "-"
	if p.flops > 0 {
		rate = fmt.Sprintf("%.1f", p.GFLOPS)
	}
	return fmt.Sprintf("%10.1f  %4.1f %%  %8s  %7.1f", p.Micros, 100*p.Share, rate, p.GBs)
}

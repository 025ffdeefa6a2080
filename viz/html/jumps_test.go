package html_test

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/trace"
)

// digest is what the page gives for a value: FNV-1a of its bytes, each element in little-endian of 8 bytes.
func digest(v graph.Tensor) string {
	h := fnv.New32a()
	for i := range v.Type.Shape.Size() {
		bits := math.Float64bits(v.At(i))
		var b [8]byte
		for k := range b {
			b[k] = byte(bits >> (8 * k))
		}
		h.Write(b[:])
	}
	return fmt.Sprint(h.Sum32())
}

// digestScript gives, for each position of a list, the digests of the values that the tab of values shows there, as
// drawn.
const digestScript = `(() => {
	const hash = (data) => {
		const bytes = new Uint8Array(Float64Array.from(data).buffer);
		let h = 2166136261;
		for (let i = 0; i < bytes.length; i++) h = Math.imul(h ^ bytes[i], 16777619) >>> 0;
		return String(h);
	};
	const known = new Map();
	const slider = document.getElementById('scrubber');
	return %s.map((at) => {
		slider.value = at;
		slider.dispatchEvent(new Event('input'));
		return [...document.querySelectorAll('#panel section.value')].map((s) => {
			const data = s.shown.data;
			if (!known.has(data)) known.set(data, hash(data));
			return { Node: Number(s.dataset.node), Digest: known.get(data) };
		});
	});
})()`

// TestJumps: a hundred jumps to random positions of LeNet-5, with -long a thousand; at each the operands and results
// that the page shows are those of another execution of the step in Go, instruction by instruction, to the bit.
func TestJumps(t *testing.T) {
	tr := lenet(t)
	run := &tr.Runs[0]
	want := executed(t, run)
	b := openPage(t, tr, "#tab=values")
	random := rand.New(rand.NewPCG(1, 2))
	jumps := make([]int, 100)
	if *long {
		jumps = make([]int, 1000)
	}
	for i := range jumps {
		jumps[i] = 1 + random.IntN(len(run.Instructions))
	}
	list := "["
	for _, at := range jumps {
		list += fmt.Sprint(at, ",")
	}
	type shown struct {
		Node   int
		Digest string
	}
	wrong, seen := 0, 0
	for i, values := range eval[[][]shown](b, fmt.Sprintf(digestScript, list+"]")) {
		in := &run.Instructions[jumps[i]-1]
		if n := len(in.Results) + len(distinct(in.Operands)); len(values) != n {
			t.Errorf("at %d there are %d values, want %d", jumps[i], len(values), n)
		}
		for _, v := range values {
			if seen++; v.Digest != want[v.Node] {
				wrong++
			}
		}
	}
	if wrong > 0 || seen < 3*len(jumps) {
		t.Errorf("%d of %d values are not what Go computes", wrong, seen)
	}
	b.quiet()
}

func distinct(list []int) map[int]bool {
	m := map[int]bool{}
	for _, n := range list {
		m[n] = true
	}
	return m
}

// executed are the digests of all nodes of a run when the step is executed anew: the leaves are those of the trace,
// and what an instruction computes is computed by its op.
func executed(t *testing.T, run *trace.Run) map[int]string {
	t.Helper()
	p := lenetProgram(t)
	digests := map[int]string{}
	made := map[int]bool{}
	i := 0
	err := p.Trace(func(f graph.Frame) error {
		in := run.Instructions[i]
		for k, n := range in.Results {
			digests[n], made[n] = digest(f.Out[k]), true
		}
		for k, n := range in.Operands {
			if !made[n] && k < len(f.In) {
				digests[n] = digest(f.In[k])
			}
		}
		i++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return digests
}

// TestJumpsFind: a page whose data differ in one bit is found.
func TestJumpsFind(t *testing.T) {
	tr := forks(t)
	run := &tr.Runs[0]
	v, ok := run.Tensor(0, run.Instructions[3].Results[0])
	if !ok {
		t.Fatal("there is no value")
	}
	before := digest(v)
	v.F64[0] = math.Nextafter(v.F64[0], 9)
	if digest(v) == before {
		t.Error("a bit does not change the digest")
	}
}

// TestLatency: a step of LeNet-5 is drawn, in either direction; with -long, soon.
func TestLatency(t *testing.T) {
	b := openPage(t, lenet(t), "")
	for _, view := range []string{"formula", "values", "tape", "memory"} {
		b.turn("#at=0&tab=" + view)
		b.drawnSoon(view)
	}
	b.quiet()
}

// drawnSoon takes some steps. With -long it takes more, and fails if they take longer than a reader waits.
func (b *tab) drawnSoon(name string) {
	b.Helper()
	if !*long {
		b.latency(6)
		return
	}
	const most = 50
	p95 := b.latency(60)
	b.Logf("%s: 95 of 100 steps are drawn within %.1f ms", name, p95)
	if p95 > most {
		b.Errorf("%s: 95 of 100 steps are drawn within %.1f ms, want %d", name, p95, most)
	}
}

// latency is the time from a key to what it changes on the screen that 95 of 100 of n steps stay within, in ms.
func (b *tab) latency(n int) float64 {
	b.Helper()
	return eval[float64](b, fmt.Sprintf(`(async () => {
		const took = [];
		const at = () => document.getElementById('scrubber').value;
		for (let i = 0; i < %d; i++) {
			const before = at();
			const begin = performance.now();
			const key = i %% 30 < 24 ? 'ArrowRight' : 'ArrowLeft';
			document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
			document.body.getBoundingClientRect(); // style and layout are done
			took.push(performance.now() - begin);
			if (at() === before) throw new Error('the key did nothing');
			await new Promise((done) => setTimeout(done));
		}
		took.sort((a, b) => a - b);
		return took[Math.floor(.95 * took.length)];
	})()`, n))
}

// TestManyOps: a step among some thousands of instructions is drawn; with -long, as soon.
func TestManyOps(t *testing.T) {
	g := &graph.Graph{DType: graph.Float64}
	x, w := g.Input("x", 8), g.Input("w", 8)
	y := x
	for i := range 340 {
		leave := g.Scope(fmt.Sprintf("block%d", i))
		y = ops.Add(y, ops.Tanh(ops.Mul(ops.Sigmoid(y), w)))
		leave()
	}
	loss := ops.Sum(y)
	p := compile(t, g, append(graph.Gradients(loss, x, w), loss)...)
	p.Set(x, make([]float64, 8))
	p.Set(w, make([]float64, 8))
	run, err := trace.Record(p, trace.Options{Checks: trace.NoChecks})
	if err != nil {
		t.Fatal(err)
	}
	if len(run.Instructions) < 3000 {
		t.Errorf("there are %d instructions, want 3000", len(run.Instructions))
	}
	b := openPage(t, trace.New(text("A deep chain", "一条长链"), run), "")
	all := "" // frames 0 to 339 are the blocks, 340 all of them rolled up
	for i := range 340 {
		all += fmt.Sprintf("0:%d,", i)
	}
	for name, turned := range map[string]string{"scopes closed": "0:340", "scopes open": all + "0:340"} {
		b.turn("#at=900&tab=formula&o=" + turned)
		b.drawnSoon(fmt.Sprintf("%d instructions, %s", len(run.Instructions), name))
	}
	b.quiet()
}

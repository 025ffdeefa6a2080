// This file holds Trace, which records a training step of a model.

package recipe

import (
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/plain"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/viz/trace"
)

// Tracing says which step is recorded, and how much of it.
type Tracing struct {
	Data   string      // the source, as facts name it
	Again  string      // the command that makes it again, "" for none
	Begin  *kind.Model // of the same form, whose values the model begins with; nil for initial ones
	Step   int         // from 1; those before it are done and not recorded
	Seed   uint64
	Budget int   // bytes of all runs as JSON; 0 for the usual 8 MB
	Work   int64 // what comparing gradients with differences may take; see trace.Options
}

// Small is the size in which a step of the row is traced, if nobody says: so small that most values can be looked at
// whole. What it leaves at 0 is usual.
func (r Recipe) Small() kind.Size {
	const width, depth = 16, 2
	small := r.Tiny
	if small.Width == 0 && r.Size.Width > width {
		small.Width = width
	}
	if small.Depth == 0 && r.Size.Depth > depth {
		small.Depth = depth
	}
	return small
}

// Trace records one training step of a model of the row, forward, back and update, of the given size: a run for each
// turn of a game, and one for any other task. The model is of float64, where its task allows that, so that gradients
// can be compared with differences. The batches are those of training; it is an error if there are fewer than steps.
func (r Recipe) Trace(f kind.Form, batches iter.Seq[[]graph.Tensor], o Tracing) (*trace.Trace, error) {
	if o.Step < 1 {
		return nil, fmt.Errorf("the step is %d, want 1 or more", o.Step)
	}
	next, stop := iter.Pull(batches)
	defer stop()
	s := traced{Recipe: r, o: o, float: graph.Float64}
	if err := s.start(f, next); err != nil {
		return nil, err
	}
	for n := 1; ; n++ {
		if n == o.Step {
			return s.record()
		}
		if _, err := s.trainer.Step(s.batch...); err != nil {
			return nil, err
		}
		batch, ok := next()
		if !ok {
			return nil, fmt.Errorf("the step is %d, the data have %d batches", o.Step, n)
		}
		s.batch = s.converted(batch)
	}
}

// traced is a step on its way to a trace.
type traced struct {
	Recipe
	o       Tracing
	float   graph.DType
	model   *kind.Model
	trainer *train.Trainer
	batch   []graph.Tensor
}

// start makes the model and its programs, in float32 if float64 will not do.
func (s *traced) start(f kind.Form, next func() ([]graph.Tensor, bool)) error {
	first, ok := next()
	if !ok {
		return errors.New("the data have no batch")
	}
	err := s.make(f, first)
	if err == nil {
		return nil
	}
	s.float = graph.Float32
	if s.make(f, first) == nil {
		return nil
	}
	return err
}

func (s *traced) make(f kind.Form, batch []graph.Tensor) (err error) {
	s.model = s.New(f)
	if err := s.model.Params().SetDType(s.float); err != nil {
		return err
	}
	s.model.Params().Init(s.o.Seed)
	if s.o.Begin != nil {
		if err := copyParams(s.model, s.o.Begin); err != nil {
			return err
		}
	}
	if s.trainer, err = s.Trainer(s.model, s.Optimizer, s.LR); err != nil {
		return err
	}
	s.trainer.Seed = s.o.Seed
	s.trainer.Compile.Teach = true
	s.batch = s.converted(batch)
	types := make([]graph.Type, len(batch))
	for i, x := range s.batch {
		types[i] = x.Type
	}
	_, err = s.trainer.Compiled(types...)
	return err
}

// copyParams gives a model the values of another of its form, in its own float type.
func copyParams(to, from *kind.Model) error {
	for p := range from.Params().All() {
		q := to.Params().Get(p.Name())
		if q == nil || !q.Type().Shape.Equal(p.Type().Shape) {
			return fmt.Errorf("the model has no parameter like %q %v of what it begins with", p.Name(), p.Type())
		}
		x := p.Tensor()
		if q.Type().DType == graph.Float64 {
			x = widened(x)
		}
		q.Tensor().CopyFrom(x)
	}
	return nil
}

// converted is a batch in the float type.
func (s *traced) converted(batch []graph.Tensor) []graph.Tensor {
	batch = slices.Clone(batch)
	for i, x := range batch {
		if s.float == graph.Float64 {
			batch[i] = widened(x)
		}
	}
	return batch
}

// widened is a tensor of float32 as one of float64, and any other as it is.
func widened(x graph.Tensor) graph.Tensor {
	if x.DType != graph.Float32 {
		return x
	}
	y := graph.NewTensor(graph.Type{DType: graph.Float64, Shape: slices.Clone(x.Shape)})
	for k, v := range x.F32 {
		y.F64[k] = float64(v)
	}
	return y
}

// record does the step that is recorded.
func (s *traced) record() (*trace.Trace, error) {
	turns := 1
	if n := len(s.model.Players); n > 0 {
		turns = n
	}
	budget := s.o.Budget / turns
	if s.o.Budget == 0 {
		budget = usualTrace / turns
	}
	var runs []trace.Run
	_, err := s.trainer.StepBy(func(c train.Compiled) error {
		opt := trace.Options{Name: playerName(c.Player), Loss: c.Loss, Budget: budget, Work: s.o.Work}
		run, err := trace.Record(c.Program, opt)
		runs = append(runs, run)
		return err
	}, s.batch...)
	if err != nil {
		return nil, err
	}
	if len(runs) == 0 {
		return nil, fmt.Errorf("no player has its turn in step %d", s.o.Step)
	}
	t := trace.New(s.title(), runs...)
	t.About = []trace.Text{s.about(), s.scale()}
	t.Facts = s.facts(runs)
	return t, nil
}

// widths are those in the title of a row, such as 784-400-20.
var widths = regexp.MustCompile(` \d+(-\d+)+$`)

// title names the model that is traced, with what its size has that the usual one does not.
func (s *traced) title() trace.Text {
	usual, err := Find(s.Name)
	is := s.model.Form.Size
	t := trace.Text{En: s.Title, Zh: s.ChineseTitle()}
	if err == nil && usual.Size != is {
		t = trace.Text{En: widths.ReplaceAllString(t.En, ""), Zh: widths.ReplaceAllString(t.Zh, "")}
		for _, v := range []struct {
			en, zh    string
			is, usual int
		}{{"size", "边长", is.Size, usual.Size.Size}, {"width", "宽度", is.Width, usual.Size.Width},
			{"depth", "深度", is.Depth, usual.Size.Depth}} {
			if v.is != v.usual {
				t.En += fmt.Sprintf(", %s %d", v.en, v.is)
				t.Zh += fmt.Sprintf("，%s %d", v.zh, v.is)
			}
		}
	}
	return trace.Text{En: t.En + ": one training step", Zh: t.Zh + "：一步训练"}
}

// usualTrace is what the runs of a trace take together as JSON, in bytes, so that a page of them stays below 10 MB.
const usualTrace = 8 << 20

// about says in a sentence what is seen.
func (s *traced) about() trace.Text {
	return trace.Text{
		En: s.About + " Here is one step of its training, instruction by instruction: the forward pass, the " +
			"gradients, and the update by " + optimizerNames[s.Optimizer].En + ".",
		Zh: aboutChinese[s.Name] + "这里逐条指令展示它的一步训练：前向传播、反向传播，以及用 " +
			optimizerNames[s.Optimizer].Zh + " 更新参数。",
	}
}

// optimizerNames are what texts call the optimisers of train.OptimizerNames.
var optimizerNames = map[string]trace.Text{
	"sgd":      {En: "gradient descent", Zh: "梯度下降"},
	"momentum": {En: "gradient descent with momentum", Zh: "带动量的梯度下降"},
	"nesterov": {En: "gradient descent with Nesterov's momentum", Zh: "带 Nesterov 动量的梯度下降"},
	"adagrad":  {En: "AdaGrad", Zh: "AdaGrad"},
	"rmsprop":  {En: "RMSProp", Zh: "RMSProp"},
	"adam":     {En: "Adam", Zh: "Adam"},
	"adamw":    {En: "AdamW", Zh: "AdamW"},
	"amsgrad":  {En: "AMSGrad", Zh: "AMSGrad"},
	"adadelta": {En: "Adadelta", Zh: "Adadelta"},
	"adamax":   {En: "Adamax", Zh: "Adamax"},
	"nadam":    {En: "NAdam", Zh: "NAdam"},
	"radam":    {En: "RAdam", Zh: "RAdam"},
	"lion":     {En: "Lion", Zh: "Lion"},
	"lars":     {En: "LARS", Zh: "LARS"},
}

// scale says how large the model is beside the usual one.
func (s *traced) scale() trace.Text {
	count := plain.Thousands(int64(s.model.Params().Count()))
	en := fmt.Sprintf("The model has %s parameters, and the batch %d examples.", count, s.batch[0].Shape[0])
	zh := fmt.Sprintf("模型有 %s 个参数，一批有 %d 个样本。", count, s.batch[0].Shape[0])
	if usual, err := Find(s.Name); err == nil && usual.Size != s.model.Form.Size {
		flags := strings.Join(usual.Size.Flags(), " ")
		en += " It is a small one of its kind, so that its values can be looked at; usual is " + flags + "."
		zh += "这是缩小的模型，便于逐个查看数值；通常的规模是 " + flags + "。"
	}
	return trace.Text{En: en, Zh: zh}
}

// facts are what is needed to make the trace again.
func (s *traced) facts(runs []trace.Run) []trace.Fact {
	whole := runs[0].Whole
	for _, r := range runs {
		whole = min(whole, r.Whole)
	}
	size := "–"
	if s.model.Form.Size != (kind.Size{}) {
		size = strings.Join(s.model.Form.Size.Flags(), " ")
	}
	facts := []trace.Fact{
		fact("model", "模型", s.Name), fact("paper", "论文", s.Paper), fact("size", "规模", size),
		fact("parameters", "参数个数", plain.Thousands(int64(s.model.Params().Count()))),
		fact("data", "数据", s.o.Data), fact("examples in the batch", "批大小", strconv.Itoa(s.batch[0].Shape[0])),
		fact("step", "步", strconv.Itoa(s.o.Step)), fact("seed", "随机种子", strconv.FormatUint(s.o.Seed, 10)),
		fact("optimizer", "优化器", fmt.Sprintf("%s, %g", s.Optimizer, s.LR)),
		fact("type of floats", "浮点类型", s.float.String()),
		fact("values are whole up to", "完整保存的张量至多", plain.Thousands(int64(whole))),
	}
	if s.o.Again != "" {
		facts = append(facts, fact("command", "命令", s.o.Again))
	}
	return facts
}

func fact(en, zh, value string) trace.Fact {
	return trace.Fact{Name: trace.Text{En: en, Zh: zh}, Value: value}
}

// playerName is that of a player in both languages.
func playerName(name string) trace.Text {
	zh := map[string]string{"discriminator": "判别器", "generator": "生成器", "critic": "评论器"}[name]
	if zh == "" {
		zh = name
	}
	return trace.Text{En: name, Zh: zh}
}

// This file holds the page of a row: docs/zoo/NAME.md, which is generated and held to what there is.

package recipe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/plain"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/viz"
)

//go:generate go test . -run TestPages -update

// Page writes the page of a row in Markdown. Output is what training in the usual way prints.
func (r Recipe) Page(output string) (string, error) {
	m := r.New(r.Usual())
	s, err := m.Summary()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("<!-- go generate ./internal/recipe writes this page. -->\n")
	p("# %s\n", r.Title)
	p("%s %s.\n", r.About, strings.TrimSuffix(r.Paper, "."))
	p("A %s, in [%s](../../%s); it takes %s.\n", r.Kind.Word(), r.File, r.File, r.taken(m.Input(1)))
	p("![One training step](%s.svg)\n", r.Name)
	p("`zoo draw %s --backward -o %s.svg` draws it, and `zoo tape %s --backward` prints the tape that it "+
		"compiles to.\n", r.Name, r.Name, r.Name)
	p("## Layers\n")
	r.layers(p, s)
	p("## Train it\n")
	p("```sh\ngo run ./cmd/zoo train %s -o %s.safetensors\n```\n", strings.Join(append([]string{r.Name},
		r.Recorded().Flags()...), " "), r.Name)
	p("That is %s of %s%s, %d rows a step, by %s at a rate of %g%s. One should see:\n", r.long(), about(r.Data),
		r.elsewhere(), r.Batch, r.Optimizer, r.LR, r.scheduled())
	p("```\n%s\n```\n", strings.TrimSpace(output))
	p("The first lines tell how it goes, and the times are those of two cores. What it must come to: %s.%s\n",
		r.expected(), r.sources())
	tellFigures(output, p)
	r.notes(p)
	r.use(p)
	r.tables(p)
	if len(r.Deviations) > 0 {
		p("## What differs from the paper\n")
		for _, d := range r.Deviations {
			p("- %s", d)
		}
		p("")
	}
	p("## Read next\n")
	for _, n := range r.Next {
		p("- [%s](../../%s)", n, n)
	}
	return b.String(), nil
}

// Recorded is the result that the page shows: the first that one should see on the usual data.
func (r Recipe) Recorded() Expect {
	for _, e := range r.Expect {
		if e.Data == r.Data {
			return e
		}
	}
	return Expect{}
}

// Flags are those of the training that comes to the result, beside the data.
func (e Expect) Flags() []string {
	flags := e.Size.Flags()
	if e.Epochs > 0 {
		flags = append(flags, "--epochs", fmt.Sprint(e.Epochs))
	}
	if e.Steps > 0 {
		flags = append(flags, "--steps", fmt.Sprint(e.Steps))
	}
	return flags
}

// long says how long the training takes that the page shows.
func (r Recipe) long() string {
	switch e := r.Recorded(); {
	case e.Steps > 0:
		return fmt.Sprintf("%d steps (usually %d epochs)", e.Steps, r.Epochs)
	case e.Epochs > 0:
		return fmt.Sprintf("%d epochs (usually %d)", e.Epochs, r.Epochs)
	}
	return fmt.Sprintf("%d epochs", r.Epochs)
}

// notes write what a kind says of its data.
func (r Recipe) notes(p func(string, ...any)) {
	k, ok := r.Kind.(interface{ Notes() []string })
	if !ok {
		return
	}
	if e := r.Recorded(); e.Size != (kind.Size{}) {
		p("The table above is of the published network, which learns without `%s`; so it is small "+
			"enough to watch.\n", strings.Join(e.Size.Flags(), " "))
	}
	p("%s\n", strings.Join(k.Notes(), "\n\n"))
}

// taken says what an example is.
func (r Recipe) taken(t graph.Type) string {
	if t.DType == graph.Int64 {
		unit := "character"
		if k, ok := r.Kind.(interface{ Unit() string }); ok {
			unit = k.Unit()
		}
		return fmt.Sprintf("the numbers of %v %ss", t.Shape[1], unit)
	}
	parts := make([]string, len(t.Shape)-1)
	for i, n := range t.Shape[1:] {
		parts[i] = fmt.Sprint(n)
	}
	return strings.Join(parts, "×") + " numbers"
}

// about tells of a source by name.
func about(source string) string {
	for _, s := range data.Sources() {
		if s.Name == source {
			return fmt.Sprintf("`%s` (%s)", s.Name, s.About)
		}
	}
	return source
}

func (r Recipe) elsewhere() string {
	switch {
	case r.Steps > 0:
		return fmt.Sprintf(", or %s steps of other data", thousands(int64(r.Steps)))
	case r.Elsewhere == 0:
		return ""
	}
	return fmt.Sprintf(", or %d of other data", r.Elsewhere)
}

// scheduled says what the rate does: every schedule of the table is a cosine, if need be behind a warm-up.
func (r Recipe) scheduled() string {
	const steps = 1000
	switch {
	case r.Schedule == nil:
		return ""
	case r.Schedule(0, steps) == 1:
		return " that falls along half a cosine"
	}
	rises := 0
	for r.Schedule(rises, steps) < 1 {
		rises++
	}
	return fmt.Sprintf(" that rises over the first %g %% of the steps and then falls along half a cosine",
		100*float64(rises)/steps)
}

func (r Recipe) expected() string {
	list := make([]string, len(r.Expect))
	for i, e := range r.Expect {
		list[i] = e.String()
	}
	return strings.Join(list, "; ")
}

// sources says what data are that no name of --data stands for.
func (r Recipe) sources() string {
	var files []string
	for _, e := range r.Expect {
		if !slices.Contains(Sources(), e.Data) {
			files = append(files, e.Data)
		}
	}
	if len(files) == 0 {
		return ""
	}
	text := fmt.Sprintf(" Data that no name stands for, %s, are files to download, which `--data PATH` takes.",
		strings.Join(files, " and "))
	if slices.Contains(files, "cifar10") {
		text += " That of CIFAR-10 is of 10,000 of its pictures, written as JPEG."
	}
	return text
}

// figures say what the figures are that models report, in the order of a page.
var figures = [][2]string{
	{"majority", "the accuracy of the most frequent class"},
	{"persistence", "the rmse of repeating the last value"},
	{"unigram", "the loss of knowing how frequent each word is"},
	{"exact", "the share of answers that are right to the last symbol"},
	{"reconstruction", "the part of the loss that tells how far a picture is from what is made of its code"},
	{"kl", "the part that tells how far the codes are from N(0, 1)"},
	{"noisy", "the mean squared error of the pictures with noise"},
	{"left", "the share of that error which is left"},
	{"matched", "the share of views of which the nearest other one in the batch is of the same picture"},
	{"probe", "the accuracy of a linear classifier of what the model knows of pictures"},
	{"probe_untrained", "that of a model which has learnt nothing"},
}

// tellFigures writes what the figures are in what training prints.
func tellFigures(output string, p func(string, ...any)) {
	var told []string
	for _, f := range figures {
		if strings.Contains(output, " "+f[0]+" ") {
			told = append(told, "`"+f[0]+"` is "+f[1])
		}
	}
	if len(told) > 0 {
		p("%s.\n", strings.Join(told, "; "))
	}
}

// layers writes the table of the layers, and the figures of the paper beside the sums.
func (r Recipe) layers(p func(string, ...any), s *nn.Summary) {
	p("| layer | operation | output | parameters | multiply-adds |\n|---|---|---|---:|---:|")
	for _, row := range s.Rows {
		p("| %s | %s | %v | %s | %s |", row.Path, row.Layer, row.Output, number(int64(row.Parameters)),
			number(row.MultiplyAdds))
	}
	if s.Unread > 0 {
		p("| not in this pass | %s | | %s | |", strings.Join(s.UnreadIn, ", "), thousands(int64(s.Unread)))
	}
	p("| **all** | | | **%s** | **%s** |\n", thousands(int64(s.Parameters)), thousands(s.MultiplyAdds))
	if r.Published != "" {
		p("Published: %s.\n", r.Published)
	}
}

// number is empty for 0.
func number(n int64) string {
	if n == 0 {
		return ""
	}
	return thousands(n)
}

// thousands writes 61706 as 61,706.
func thousands(n int64) string { return plain.Thousands(n) }

// use writes how the weights are used.
func (r Recipe) use(p func(string, ...any)) {
	p("## Use it\n\n```sh")
	p("go run ./cmd/zoo eval %s --weights %s.safetensors", r.Name, r.Name)
	if k, ok := r.Kind.(kind.Predictor); ok {
		p("go run ./cmd/zoo predict %s --weights %s.safetensors %s   # %s", r.Name, r.Name, k.Sample(), k.Takes())
	}
	if k, ok := r.Kind.(kind.Generator); ok {
		more := ""
		if k.Makes() == kind.Pictures {
			more = " -o grid.png"
		}
		p("go run ./cmd/zoo generate %s --weights %s.safetensors%s", r.Name, r.Name, more)
	}
	if k, ok := r.Kind.(kind.Asked); ok {
		for _, wish := range k.Wishes() {
			p("go run ./cmd/zoo generate %s --weights %s.safetensors %s", r.Name, r.Name, wishes[wish])
		}
	}
	if _, ok := r.Kind.(kind.Mapper); ok {
		p("go run ./cmd/zoo draw %s --map --weights %s.safetensors -o map.png   # where pictures lie by their codes",
			r.Name, r.Name)
	}
	if r.Attends() {
		p("go run ./cmd/zoo draw %s --attention --weights %s.safetensors -o look.png   # where each head looks",
			r.Name, r.Name)
	}
	p("```\n")
}

// tables write how the row learns from tables, if it does.
func (r Recipe) tables(p func(string, ...any)) {
	if r.Tables == nil {
		return
	}
	how, w := r.Tables, r.Name+"-rows.safetensors"
	p("## Rows of a table\n")
	p("It learns from the rows of a table, too, by one setting for all tables: features are standardised, a hidden "+
		"layer has %d units, and training takes %d steps of %d rows by %s at a rate of %g that falls along half a "+
		"cosine, with a decay of the weights of two divided by the number of rows.\n", how.Width, how.Steps, how.Batch,
		how.Optimizer, how.LR)
	p("```sh\ngo run ./cmd/zoo crossval %s --data iris.csv   # how good it is, by all rows", r.Name)
	p("go run ./cmd/zoo train %s --data iris.csv -o %s", r.Name, w)
	p("go run ./cmd/zoo eval %s --weights %s --data iris.csv   # the rows that were held out", r.Name, w)
	p("go run ./cmd/zoo predict %s --weights %s new.csv\n```\n", r.Name, w)
}

// wishes are how what may be asked for stands on a command line.
var wishes = map[string]string{"class": "--class 7 -o sevens.png", "walk": "--walk -o walk.png"}

// Picture draws a training step of the row into a file.
func (r Recipe) Picture(path string) error {
	m := r.New(r.Usual())
	t, err := r.Trainer(m, r.Optimizer, r.LR)
	if err != nil {
		return err
	}
	g, _, err := t.Graph(true, m.Batch(r.Batch)...)
	if err != nil {
		return err
	}
	return viz.WriteFile(path, g, viz.Options{Backward: true, Title: r.Title + " · one training step"})
}

// Index writes docs/zoo/README.md, the list of the pages.
func Index() string {
	var b strings.Builder
	b.WriteString("<!-- go generate ./internal/recipe writes this page. -->\n\n# The zoo\n\n" +
		"A page shows a model's layers, a drawing of one training step, the command that trains it, and what that " +
		"prints.\n\n" +
		"| model | family | kind | parameters | after training | paper |\n|---|---|---|---:|---|---|\n")
	for _, r := range Table() {
		sees := ""
		if len(r.Expect) > 0 {
			sees = r.Expect[0].String()
		}
		fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s | %s | %s | %s |\n", r.Name, r.Name, r.Family, r.Kind.Word(),
			thousands(int64(r.New(r.Usual()).Params().Count())), sees, r.Paper)
	}
	return b.String()
}

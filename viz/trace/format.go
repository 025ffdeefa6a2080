package trace

// Format and Version are the first two fields of a file. A reader refuses another version.
const (
	Format  = "stheno trace"
	Version = 1
)

// Trace is what a page shows: runs, and how its controls choose among their states.
type Trace struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Title   Text   `json:"title"`
	About   []Text `json:"about,omitempty"` // paragraphs
	Facts   []Fact `json:"facts,omitempty"` // what a reader needs to make it again: model, data, seed, type of floats

	Controls []Control `json:"controls,omitempty"`
	// Settings are the combinations of controls that there are, the one shown first at the beginning. Without controls
	// there is one for each state of each run.
	Settings  []Setting  `json:"settings"`
	Runs      []Run      `json:"runs"`
	Figures   []Figure   `json:"figures,omitempty"`
	Questions []Question `json:"questions,omitempty"`
	Tour      []Stop     `json:"tour,omitempty"`
}

// Text is a text in both languages. It may hold formulas as [viz/formula] writes them, in MathML between \( and \).
type Text struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

// Fact is one line of the page's facts.
type Fact struct {
	Name  Text   `json:"name"`
	Value string `json:"value"`
}

// Control is a slider, whose values have an order, or a switch.
type Control struct {
	ID     string `json:"id"` // of the address: letters
	Slider bool   `json:"slider,omitempty"`
	Name   Text   `json:"name"`
	Values []Text `json:"values"`
	Start  int    `json:"start"`
	// Alone says that the states are those where no other such control has left its start: to move one moves the
	// others back.
	Alone bool `json:"alone,omitempty"`
	// Needs says when the control has an effect: while each of these others is at one of the places. Until then the
	// page does not let it be moved.
	Needs []Need `json:"needs,omitempty"`
}

// Need is another control, and the places of it at which a control has an effect.
type Need struct {
	Control int   `json:"control"`
	At      []int `json:"at"`
}

// Setting is the state that a combination of the controls shows.
type Setting struct {
	At    []int `json:"at"` // the place of each control
	Run   int   `json:"run"`
	State int   `json:"state"`
}

// Run is one program: its nodes, its instructions, and their values.
type Run struct {
	Name  Text   `json:"name"`
	Float string `json:"float"` // float64 or float32

	Nodes        []Node        `json:"nodes"`
	Instructions []Instruction `json:"instructions"`
	Steps        []Step        `json:"steps,omitempty"` // of the reverse pass
	Forks        []Fork        `json:"forks,omitempty"`
	Loss         int           `json:"loss"` // node, -1 for none
	// Losses are what the gradients are of, if that is more than one thing: nodes, -1 for one that the program does
	// not compute. A step, a fork and a gradient say which by its place in Losses.
	Losses []int      `json:"losses,omitempty"`
	Arena  []Register `json:"arena,omitempty"`
	Fast   *Fast      `json:"fast,omitempty"`
	Code   []File     `json:"code,omitempty"`
	Whole  int        `json:"whole,omitempty"` // values of up to so many elements are whole
	States []State    `json:"states"`
}

// Node is one value of the graph. Nodes of a run are numbered from 0 in the order of the tape, leaves first where they
// are read first.
type Node struct {
	Kind     string `json:"kind"`             // input, parameter, state, constant, op
	Name     string `json:"name"`             // of a leaf; of others the op as printed
	Label    string `json:"label,omitempty"`  // what the user calls it, or a drawing shows of it: "Conv2D 5×5"
	Called   string `json:"called,omitempty"` // what the user calls it, if he does: see graph.Node.Named
	Op       string `json:"op,omitempty"`     // the first word of the op as printed: conv2d
	DType    string `json:"dtype"`
	Shape    []int  `json:"shape"`
	Scope    string `json:"scope,omitempty"`
	Phase    string `json:"phase"` // forward, backward, update
	Role     string `json:"role,omitempty"`
	Operands []int  `json:"operands,omitempty"`
	Result   int    `json:"result,omitempty"`   // which result of its op
	Of       int    `json:"of"`                 // the forward node that one of the backward pass serves, -1 for none
	GradOf   int    `json:"gradOf"`             // the node whose gradient it is, -1 for none
	GradLoss int    `json:"gradLoss,omitempty"` // which of Run.Losses it is the gradient of, if there are several
	File     int    `json:"file"`               // where it was made, in Code, -1 for unknown
	Line     int    `json:"line,omitempty"`
	RuleFile int    `json:"ruleFile,omitempty"` // the same of the library: a rule, a layer; if RuleLine is given
	RuleLine int    `json:"ruleLine,omitempty"`
	Frozen   bool   `json:"frozen,omitempty"` // a parameter that is not trained, or not by this player
	Assigns  int    `json:"assigns"`          // the parameter or state that takes its value in the end, -1 for none
}

// Instruction is one line of the tape.
type Instruction struct {
	Text      string   `json:"text"`    // as the tape prints it
	Results   []int    `json:"results"` // nodes
	Operands  []int    `json:"operands,omitempty"`
	Registers []string `json:"registers"` // of the results
	Reads     []string `json:"reads,omitempty"`
	Phase     string   `json:"phase"`
	Scope     string   `json:"scope,omitempty"`
	View      bool     `json:"view,omitempty"`
	Live      int      `json:"live"` // bytes that are alive while it runs
	Flops     int64    `json:"flops"`
	Bytes     int      `json:"bytes"`
	// SavedFor are the instructions of the backward pass that read a result of this one, which is why it is kept.
	SavedFor []int `json:"savedFor,omitempty"`
}

// Step is one step of the reverse pass: the op that computes node Of hands its operand number Operand the contribution
// D.
type Step struct {
	Of      int `json:"of"`
	Operand int `json:"operand"`
	D       int `json:"d"`
	Up      int `json:"up"` // the gradient of Of, of which D is made; -1 if it is not known
	// Local is the place among a state's values of the local derivative, where the op works element by element, so
	// that the gradient of Of times it is D; -1 elsewhere.
	Local int `json:"local"`
	Loss  int `json:"loss,omitempty"` // whose gradient it is part of, in Run.Losses, if there are several
}

// Fork is a gradient with its contributions: Steps are indices of Run.Steps, and the values of their D add up to that
// of Sum.
type Fork struct {
	Node  int   `json:"node"` // which the gradient is of
	Sum   int   `json:"sum"`
	Steps []int `json:"steps"`
	Loss  int   `json:"loss,omitempty"` // that of each of its steps
}

// Register is one place of memory of the teaching tape.
type Register struct {
	Name  string `json:"name"`
	Bytes int    `json:"bytes"`
	From  int    `json:"from"` // the first instruction that writes it
	To    int    `json:"to"`   // the last that reads it
}

// Fast is what the usual tape makes of the same graph.
type Fast struct {
	Instructions int      `json:"instructions"`
	Arena        int      `json:"arena"`  // bytes
	Values       int      `json:"values"` // bytes of all values together, which the teaching tape takes
	Lines        []string `json:"lines"`
}

// File is a file of the user's or the library's, with the lines that made nodes and some around them.
type File struct {
	Name  string   `json:"name"`
	First int      `json:"first"` // number of the first line, from 1
	Lines []string `json:"lines,omitempty"`
}

// State is the values of all nodes at one time.
type State struct {
	Name   Text     `json:"name"`
	Values []Value  `json:"values"` // of the nodes, then local derivatives
	Checks []Check  `json:"checks,omitempty"`
	Shown  []string `json:"shown,omitempty"` // of each figure, its SVG in this state
	Alarms []Alarm  `json:"alarms,omitempty"`
}

// Value is a tensor: whole, or its statistics and a sample. The zero Value is one that the state does not know.
type Value struct {
	// Data are the elements in row order, little-endian in the node's type, in base64, if the value is whole.
	Data string `json:"data,omitempty"`
	// Same is the earlier state of the run, from 1, that has the same value; 0 for none.
	Same int `json:"same,omitempty"`

	Stats     *Stats     `json:"stats,omitempty"`
	Histogram *Histogram `json:"histogram,omitempty"`
	Sample    *Sample    `json:"sample,omitempty"`
}

// Stats sum up a tensor. Min to Std are those of its finite elements.
type Stats struct {
	Min   float64 `json:"min"`
	Max   float64 `json:"max"`
	Mean  float64 `json:"mean"`
	Std   float64 `json:"std"`
	Zeros int     `json:"zeros,omitempty"`
	NaN   int     `json:"nan,omitempty"`
	Inf   int     `json:"inf,omitempty"`
}

// Histogram counts the finite elements in equal bins from Min to Max.
type Histogram struct {
	Counts []int `json:"counts"`
}

// Sample is some elements by their places in row order, ascending.
type Sample struct {
	At   []int  `json:"at"`
	Data string `json:"data"`
}

// Check compares some elements of a gradient with central differences of the loss. An element is left out where there
// is a kink, and where the gradient is so small beside the loss that rounding hides it; with no elements left the
// check says neither that the gradient is right nor that it is wrong.
type Check struct {
	Grad     int       `json:"grad"` // node
	At       []int     `json:"at"`
	Symbolic []float64 `json:"symbolic"`
	Numeric  []float64 `json:"numeric"`
	// the largest |symbolic - numeric| / max(|symbolic|, |numeric|), beyond what rounding explains
	Error float64 `json:"error"`
	OK    bool    `json:"ok"`            // no element differs by more than 1e-5 of it, or than rounding explains
	Why   string  `json:"why,omitempty"` // why elements are left out: kink, too small, or both with a comma
}

// Alarm is something about a value that a teacher would point at.
type Alarm struct {
	Kind string `json:"kind"` // dead, vanishing, exploding, unchanged, not finite
	Node int    `json:"node"`
	Text Text   `json:"text"`
}

// Figure is a drawing that changes with the state: see State.Shown.
type Figure struct {
	ID    string `json:"id"`
	Title Text   `json:"title"`
	Alt   Text   `json:"alt"`
	// Reveals says that it shows gradients, so that a question which waits for its answer hides it.
	Reveals bool `json:"reveals,omitempty"`
}

// Question is asked before the gradients are shown.
type Question struct {
	Text    Text     `json:"text"`
	Choices []Text   `json:"choices"`
	Answer  int      `json:"answer"`
	Because Text     `json:"because"`
	Setting int      `json:"setting"`           // where it is asked
	Refutes []string `json:"refutes,omitempty"` // misconceptions, "M2"
}

// Stop is one stop of a guided tour: where to go, and what to say there.
type Stop struct {
	Text        Text `json:"text"`
	Setting     int  `json:"setting"`
	Instruction int  `json:"instruction"` // -1 for the end
	// Look is what to look at there, if it is not the graph: a tab, "values" or "memory", or the id of a figure, which
	// is shown first then.
	Look string `json:"look,omitempty"`
}

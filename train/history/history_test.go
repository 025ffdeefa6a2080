package history

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/stheno-ml/stheno/nn"
)

// histories are random: rows with and without a test, figures that some rows lack, numbers of all sizes.
func histories(seed uint64) Rows {
	r := nn.NewRand(seed, "history")
	number := func(n int) float64 {
		switch n % 7 {
		case 0:
			return math.NaN()
		case 1:
			return math.Inf(1)
		case 2:
			return math.Copysign(0, -1)
		case 3:
			return math.SmallestNonzeroFloat64
		}
		return math.Exp(float64(n%1400) - 700)
	}
	var h Rows
	for i := range r.IntN(6) {
		row := Row{Epoch: i + 1, Step: 10 * (i + 1), LR: number(r.IntN(7000)), TrainLoss: number(r.IntN(7000)),
			Seconds: float64(i) / 3, Train: map[string]float64{}}
		for k := range r.IntN(3) {
			row.Train[fmt.Sprintf("a, \"%d\"", k)] = number(r.IntN(7000))
		}
		if r.IntN(2) == 0 {
			row.TestLoss, row.Test = number(r.IntN(7000)), map[string]float64{"accuracy": number(r.IntN(7000))}
		}
		if r.IntN(2) == 0 {
			row.Watch = map[string]float64{"fc1.weight/mean": number(r.IntN(7000)), "b": number(r.IntN(7000))}
		}
		h = append(h, row)
	}
	return h
}

// alike compares histories with NaN equal to NaN.
func alike(a, b Rows) bool {
	return fmt.Sprintf("%#v", a) == fmt.Sprintf("%#v", b) && len(a) == len(b)
}

// TestCSVRoundTrip: what is written is read back to the bit.
func TestCSVRoundTrip(t *testing.T) {
	for seed := range uint64(200) {
		var b bytes.Buffer
		h := histories(seed)
		if err := h.WriteCSV(&b); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		got, err := ReadCSV(&b)
		if err != nil || !alike(got, append(Rows{}, h...)) {
			t.Fatalf("seed %d: %v\n%s\ngot  %v\nwant %v", seed, err, text, got, h)
		}
		if len(h) > 0 {
			if got[0].Step++; alike(got, h) {
				t.Fatal("a history of another step is taken for the same")
			}
		}
	}
}

// TestReadCSVBad: each is an error of damage that says where.
func TestReadCSVBad(t *testing.T) {
	const names = "epoch,step,lr,seconds,train_loss,test_loss"
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "there is no line of names"},
		{"another table", "a,b\n1,2\n", `the names of the columns are ["a" "b"], want ["epoch" `},
		{"a column of nobody", names + ",x\n", `column "x" is neither of the training nor of the test`},
		{"a column twice", names + ",train/x,train/x\n", `two columns are named "train/x"`},
		{"a line cut short", names + "\n1,2\n", "wrong number of fields"},
		{"an epoch that is a fraction", names + "\n1.5,2,3,4,5,6\n",
			`line 2: epoch is "1.5", want a whole number ≥ 0`},
		{"a step below 0", names + "\n1,-2,3,4,5,6\n", `line 2: step is "-2"`},
		{"a loss in words", names + "\n1,2,3,4,low,6\n", `line 2: train_loss is "low", want a number`},
		{"no rate", names + "\n1,2,,4,5,6\n", `line 2: lr is "", want a number`},
		{"a metric without a test", names + ",test/a\n1,2,3,4,5,6,7\n1,2,3,4,5,,7\n",
			"line 3: test/a is 7, and there is no test_loss"},
		{"quotes that do not end", names + "\n\"1,2\n", "line 2"},
		{"too many columns", names + strings.Repeat(",x", mostColumns), "columns, want at most 16384"},
	} {
		_, err := ReadCSV(strings.NewReader(c.text))
		if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\ngot  %v\nwant %s", c.name, err, c.want)
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	for seed := range uint64(5) {
		var b bytes.Buffer
		if err := histories(seed).WriteCSV(&b); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add([]byte("epoch,step,lr,seconds,train_loss,test_loss,test/\n1,2,3,4,5,\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := ReadCSV(bytes.NewReader(text))
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("the error is no damage: %v", err)
			}
			return
		}
		var b bytes.Buffer
		if err := h.WriteCSV(&b); err != nil {
			return // a name of two lines
		}
		if again, err := ReadCSV(&b); err != nil || !alike(again, h) {
			t.Errorf("%v: got %v, want %v", err, again, h)
		}
	})
}

// TestJSONLines: each line is an object; what is no number is null, what a row lacks is not there.
func TestJSONLines(t *testing.T) {
	var b bytes.Buffer
	h := Rows{{Epoch: 1, Step: 5, LR: .1, TrainLoss: math.NaN(), Train: map[string]float64{"a": 2}, Seconds: 1.5},
		{Epoch: 2, Step: 9, LR: .2, TrainLoss: 3, TestLoss: 4, Test: map[string]float64{"a": math.Inf(-1)},
			Seconds: 2}}
	if err := h.WriteJSONLines(&b); err != nil {
		t.Fatal(err)
	}
	const want = `{"epoch":1,"lr":0.1,"seconds":1.5,"step":5,"train/a":2,"train_loss":null}
{"epoch":2,"lr":0.2,"seconds":2,"step":9,"test/a":null,"test_loss":4,"train_loss":3}
`
	if b.String() != want {
		t.Errorf("got  %s\nwant %s", b.String(), want)
	}
	for line := range strings.Lines(want) {
		if !json.Valid([]byte(line)) {
			t.Error(line)
		}
	}
}

// Scalar is a number in a file of events.
type Scalar struct {
	Seconds float64
	Step    int64
	Tag     string
	Value   float32

	Histogram []byte
}

// ReadEvents reads a file of events as TensorBoard does: each length and each message has its checksum.
func ReadEvents(b []byte) (version string, all []Scalar, err error) {
	for len(b) > 0 {
		if len(b) < 16 {
			return version, nil, io.ErrUnexpectedEOF
		}
		n := binary.LittleEndian.Uint64(b)
		if masked(b[:8]) != binary.LittleEndian.Uint32(b[8:]) || n > uint64(len(b)-16) {
			return version, nil, errors.New("the length is damaged")
		}
		message := b[12 : 12+n]
		if masked(message) != binary.LittleEndian.Uint32(b[12+n:]) {
			return version, nil, errors.New("the message is damaged")
		}
		b = b[16+n:]
		v, scalars, err := readEvent(message)
		if err != nil {
			return version, nil, err
		}
		version, all = version+v, append(all, scalars...)
	}
	return version, all, nil
}

func readEvent(message []byte) (version string, all []Scalar, err error) {
	var at Scalar
	err = fields(message, func(n protowire.Number, bits uint64, text []byte) error {
		switch n {
		case eventTime:
			at.Seconds = math.Float64frombits(bits)
		case eventStep:
			at.Step = int64(bits)
		case eventVersion:
			version = string(text)
		case eventSummary:
			return fields(text, func(_ protowire.Number, _ uint64, value []byte) error {
				one := at
				all = append(all, one)
				s := &all[len(all)-1]
				return fields(value, func(n protowire.Number, bits uint64, text []byte) error {
					switch n {
					case valueTag:
						s.Tag = string(text)
					case valueHistogram:
						s.Histogram = text
					default:
						s.Value = math.Float32frombits(uint32(bits))
					}
					return nil
				})
			})
		}
		return nil
	})
	return version, all, err
}

// fields calls do with each field of a message.
func fields(b []byte, do func(n protowire.Number, bits uint64, text []byte) error) error {
	for len(b) > 0 {
		n, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			return protowire.ParseError(size)
		}
		b = b[size:]
		var bits uint64
		var text []byte
		switch kind {
		case protowire.VarintType:
			bits, size = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			bits, size = protowire.ConsumeFixed64(b)
		case protowire.Fixed32Type:
			var v uint32
			v, size = protowire.ConsumeFixed32(b)
			bits = uint64(v)
		case protowire.BytesType:
			text, size = protowire.ConsumeBytes(b)
		default:
			return errors.New("a field of another kind")
		}
		if size < 0 {
			return protowire.ParseError(size)
		}
		b = b[size:]
		if err := do(n, bits, text); err != nil {
			return err
		}
	}
	return nil
}

// TestEvents: the numbers are read back, at their steps, with both checksums of each record.
func TestEvents(t *testing.T) {
	for seed := range uint64(50) {
		var b bytes.Buffer
		h := histories(seed)
		if err := h.WriteEvents(&b); err != nil {
			t.Fatal(err)
		}
		version, got, err := ReadEvents(b.Bytes())
		var want []Scalar
		for i := range h {
			for _, c := range append(h[i].cells(), cell{"epoch", float64(h[i].Epoch)}) {
				want = append(want, Scalar{h[i].Seconds, int64(h[i].Step), c.column, float32(c.value), nil})
			}
		}
		if err != nil || version != "brain.Event:2" || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("seed %d: %v, version %q\ngot  %v\nwant %v", seed, err, version, got, want)
		}
		for i := range b.Len() { // a byte that differs is seen, wherever it is
			bad := slices.Clone(b.Bytes())
			if bad[i] ^= 1 << (i % 8); seed < 3 {
				if _, _, err := ReadEvents(bad); err == nil {
					t.Fatalf("byte %d of %d is another, and nobody sees it", i, len(bad))
				}
			}
		}
	}
}

// TestFramesOfOthers: the checksum is CRC-32C, and the first record of a file begins as that of TensorFlow's, whose
// first event has 24 bytes too.
func TestFramesOfOthers(t *testing.T) {
	if got := masked([]byte("123456789")); (got-0xa282ead8)<<15|(got-0xa282ead8)>>17 != 0xe3069283 { // RFC 3720, B.4
		t.Errorf("the checksum is %08x", got)
	}
	var b bytes.Buffer
	if err := Rows(nil).WriteEvents(&b); err != nil {
		t.Fatal(err)
	}
	// What each file that tensorflow.summary has written begins with: a length of 24, and its masked checksum.
	if want := []byte("\x18\x00\x00\x00\x00\x00\x00\x00\xa3\x7fK\""); !bytes.HasPrefix(b.Bytes(), want) {
		t.Errorf("got %q, want %q", b.Bytes()[:12], want)
	}
}

func FuzzEvents(f *testing.F) {
	for seed := range uint64(5) {
		var b bytes.Buffer
		if err := histories(seed).WriteEvents(&b); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add([]byte("\x18\x00\x00\x00\x00\x00\x00\x00\xa3\x7fK\""))
	f.Fuzz(func(_ *testing.T, b []byte) {
		ReadEvents(b)
		if len(b) < 1<<12 {
			readEvent(b)
		}
	})
}

// TestHistoryFiles: the name says the form; another name is an error, and no file.
func TestHistoryFiles(t *testing.T) {
	dir, h := t.TempDir(), histories(3)
	for name, begins := range map[string]string{"a.csv": "epoch,step,", "A.CSV": "epoch,step,",
		"a.jsonl":               `{"epoch":1,`,
		"events.out.tfevents.a": "\x18"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(CheckForm(path), h.WriteFile(path)); err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(b), begins) {
			t.Errorf("%s: %v, %.40q", name, err, b)
		}
	}
	for _, name := range []string{"", "a", "a.json", "tfevents/a.txt"} {
		err := h.WriteFile(filepath.Join(dir, name))
		if err == nil || !strings.Contains(err.Error(), "known are .csv, .jsonl") {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := (Rows{{Train: map[string]float64{"a\nb": 1}}}).WriteFile(filepath.Join(dir, "b.csv")); err == nil {
		t.Error("a name of two lines is written")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 4 {
		t.Errorf("there are %q", left)
	}
}

// HistogramOf reads a HistogramProto.
func HistogramOf(b []byte) (numbers [8]float64, limits, counts []float64, err error) {
	err = fields(b, func(n protowire.Number, bits uint64, text []byte) error {
		switch {
		case n == histogramLimits || n == histogramCounts:
			for ; len(text) >= 8; text = text[8:] {
				v := math.Float64frombits(binary.LittleEndian.Uint64(text))
				if n == histogramLimits {
					limits = append(limits, v)
				} else {
					counts = append(counts, v)
				}
			}
		case n < 8:
			numbers[n] = math.Float64frombits(bits)
		}
		return nil
	})
	return numbers, limits, counts, err
}

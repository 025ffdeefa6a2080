// This file holds what train does to save a training and to go on from it.

package training

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/files"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/history"
)

// saving are the flags of what train saves beside the weights.
type saving struct {
	checkpoint, resume, history string
	every                       every
	settings                    map[string]string // that checkpoints are to have
	began                       map[string]string // those of the one that is gone on from
}

func (s *saving) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.checkpoint, "checkpoint", "", "folder to save the training in, to go on from (DIR)")
	c.Flags().Var(&s.every, "every",
		"steps, or time, from one checkpoint to the next: 500 or 5m (about 1m without it)")
	c.Flags().StringVar(&s.resume, "resume", "",
		"folder of the checkpoints to go on from exactly, and to save more in (DIR)")
	c.Flags().StringVar(&s.history, "history", "",
		"file for a row of numbers an epoch (.csv, .jsonl, or a name with tfevents in it for TensorBoard)")
}

// folder is where checkpoints are saved, "" for nowhere.
func (s *saving) folder() string {
	if s.resume != "" {
		return s.resume
	}
	return s.checkpoint
}

// every is a number of steps, or a time.
type every struct {
	steps int
	time  time.Duration
}

func (v *every) String() string {
	if v.time > 0 {
		return v.time.String()
	}
	return strconv.Itoa(v.steps)
}

func (v *every) Set(s string) error {
	const want = "want steps or a time above 0, such as 500, 30s or 5m"
	if n, err := strconv.Atoi(s); err == nil {
		if n < 1 {
			return errors.New(want)
		}
		*v = every{steps: n}
		return nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return errors.New(want)
	}
	*v = every{time: d}
	return nil
}

func (*every) Type() string { return "N|TIME" }

// everySetting is kept for those who go on from a checkpoint, and may be another then.
const everySetting = "--every"

// resultFlags are the flags of train that the result does not depend on.
var resultFlags = []string{"output", "plot", "samples", "snapshots", "json", "checkpoint", "every", "resume",
	"history", "help"}

// usualFlags are the flags of train whose usual values are settings as well.
var usualFlags = []string{"data", "epochs", "steps", "batch", "lr", "optimizer", "seed"}

// takeSettings gives the flags that the command line leaves open the values that a checkpoint was saved with. A flag
// that has another is an error.
func (a Verbs) takeSettings(c *cobra.Command, model string, f *trainFlags) error {
	if f.resume == "" {
		return nil
	}
	switch {
	case f.checkpoint != "" && !cli.SameFile(f.checkpoint, f.resume):
		return cli.Usagef(
			"--checkpoint %s and --resume %s: a training that is gone on from is saved where it was: leave "+
				"--checkpoint out", f.checkpoint, f.resume)
	case c.Flags().Changed("weights"):
		return cli.Usagef("--weights and --resume exclude each other: a checkpoint has its weights")
	}
	if err := train.CheckFree(f.resume); err != nil {
		return fmt.Errorf("--resume %w", err)
	}
	s, err := train.ReadCheckpoint(f.resume)
	if err != nil {
		return cli.ReadBy("--resume ", err)
	}
	for _, err := range s.Passed {
		a.Logf("%v; going on from the checkpoint before it", cli.OneLine(err.Error()))
	}
	if saved := s.Settings["model"]; saved != model {
		return cli.Usagef("--resume %s: that is a training of %q, not of %s", f.resume, saved, model)
	}
	if err := setFlags(c, f.resume, s); err != nil {
		return err
	}
	if saved := s.Settings[everySetting]; saved != "" && !c.Flags().Changed("every") && f.every.Set(saved) != nil {
		return fmt.Errorf("--resume %s: the checkpoint has an --every of %.100q: %w", f.resume, saved,
			train.ErrDamaged)
	}
	f.began = s.Settings
	f.weights = s.Weights
	a.Logf("going on from %s, step %d", cli.Shown(s.Path), s.Step)
	return nil
}

func setFlags(c *cobra.Command, dir string, s *train.Saved) (err error) {
	c.Flags().VisitAll(func(flag *pflag.Flag) {
		saved, had := s.Settings["--"+flag.Name]
		more := ""
		if flag.Name == "epochs" || flag.Name == "steps" {
			more = "; to train more, begin a new training with --weights " + s.Weights
		}
		switch {
		case err != nil || slices.Contains(resultFlags, flag.Name) || flag.Name == "weights":
		case flag.Changed && !had:
			err = cli.Usagef("--resume %s: --%s is %s, which that training was not given: leave it out%s", dir,
				flag.Name, flag.Value, more)
		case flag.Changed && saved != settingOf(flag):
			err = cli.Usagef("--resume %s: --%s is %s, and that training's is %s: leave it out%s", dir, flag.Name,
				flag.Value, saved, more)
		case had:
			if failed := set(c, flag, saved); failed != nil {
				err = fmt.Errorf("--resume %s: the checkpoint has a --%s of %.100q: %w", dir, flag.Name, saved,
					train.ErrDamaged)
			}
		}
	})
	return err
}

// settingOf is the value of a flag as a checkpoint keeps it: a list of JSON of one that may be given several times.
func settingOf(flag *pflag.Flag) string {
	if _, ok := flag.Value.(pflag.SliceValue); !ok {
		return flag.Value.String()
	}
	list, err := json.Marshal(cli.ValuesOf(flag))
	if err != nil {
		panic(err) // it is a list of texts
	}
	return string(list)
}

// set gives a flag the value that a checkpoint has kept.
func set(c *cobra.Command, flag *pflag.Flag, saved string) error {
	v, ok := flag.Value.(pflag.SliceValue)
	if !ok {
		return c.Flags().Set(flag.Name, saved)
	}
	var list []string
	if err := json.Unmarshal([]byte(saved), &list); err != nil {
		return err
	}
	flag.Changed = true
	return v.Replace(list)
}

// checkSaving reports places that cannot be written, and keeps the settings that a checkpoint is to have.
func (f *trainFlags) checkSaving(c *cobra.Command, r recipe.Recipe) error {
	switch {
	case c.Flags().Changed("every") && f.folder() == "":
		return cli.Usagef("--every says when checkpoints are saved: give --checkpoint DIR, too")
	case f.checkpoint != "" && f.resume == "":
		if err := train.CheckFree(f.checkpoint); err != nil {
			return fmt.Errorf("--checkpoint %w", err)
		}
		_, err := train.ReadCheckpoint(f.checkpoint)
		if err == nil || errors.Is(err, train.ErrDamaged) {
			return cli.Usagef(
				"--checkpoint %s holds checkpoints: go on from them with --resume, or name another folder",
				f.checkpoint)
		}
	}
	if f.folder() != "" {
		size := 16 * int64(r.New(r.Usual()).Params().Count()) // with two moments of each parameter
		if err := files.ProbeFolder(f.folder(), size, func(string) bool { return false }); err != nil {
			return cli.OutputError(fmt.Errorf("--checkpoint %s: %w", f.folder(), err))
		}
	}
	if f.history != "" {
		if err := history.CheckForm(f.history); err != nil {
			return cli.Usagef("--%v", err)
		}
		if err := cli.CheckReplacedBy("--history", f.history, f.inputs()...); err != nil {
			return err
		}
	}
	f.settings = map[string]string{"model": r.Name}
	c.Flags().VisitAll(func(flag *pflag.Flag) {
		said := flag.Changed && !slices.Contains(resultFlags, flag.Name) && flag.Name != "weights"
		endless := flag.Name == "epochs" && f.bySteps()
		if (said || slices.Contains(usualFlags, flag.Name)) && !endless {
			f.settings["--"+flag.Name] = settingOf(flag)
		}
	})
	switch saved, ok := f.began[everySetting]; {
	case ok:
		f.settings[everySetting] = saved
	case f.resume == "" && c.Flags().Changed("every"):
		f.settings[everySetting] = f.every.String()
	}
	if _, err := os.Stat(f.folder()); f.folder() != "" && errors.Is(err, fs.ErrNotExist) &&
		filepath.Dir(f.history) == filepath.Clean(f.folder()) {
		return nil // the folder comes with the first checkpoint, before the history
	}
	return cli.CheckWritable(c, "history", "--history", f.history, cli.PageSize)
}

// keeping is the checkpoint of a training, nil if there is to be none.
func (f *trainFlags) keeping(r recipe.Recipe, m *kind.Model, source, test train.Source) (*train.Checkpoint, error) {
	if f.folder() == "" {
		return nil, nil
	}
	words, err := r.Words(m)
	if err != nil {
		return nil, err
	}
	fingerprint := contents
	if strings.Contains(f.began[trainingData], "crc32c") { // a zoo before had no other
		fingerprint = firstBatches
	}
	f.settings[trainingData], f.settings["test data"] = fingerprint(source), fingerprint(test)
	keep := &train.Checkpoint{Dir: f.folder(), Of: m.Params(), Every: f.every.steps, Each: f.every.time,
		Resume: f.resume != "", Settings: f.settings, Words: words}
	keep.Also = f.keepers()
	if f.schedule.plateau != nil {
		keep.Also["plateau"] = f.schedule.plateau
	}
	if f.seen != nil {
		keep.Also["watch"] = f.seen
	}
	return keep, nil
}

// trainingData is the setting of what is learnt from.
const trainingData = "training data"

// contents is how many batches a source has, and the first half of a checksum of all its data.
func contents(s train.Source) string {
	return fmt.Sprintf("%d batches, sha256 %.32s", s.Len(), data.Checksum(s))
}

// looked is how many numbers of a source are looked at by firstBatches, at least, if it has as many.
const looked = 1 << 22

// firstBatches is how many batches a source has, and a checksum of its first ones.
func firstBatches(s train.Source) string {
	table, sum, n := crc32.MakeTable(crc32.Castagnoli), uint32(0), 0
	var b []byte
	for batch := range s.Batches(0) {
		for _, t := range batch {
			b = fmt.Appendf(b[:0], "%v ", t.Type)
			for _, v := range t.F32 {
				b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
			}
			for _, v := range t.F64 {
				b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
			}
			for _, v := range t.I64 {
				b = binary.LittleEndian.AppendUint64(b, uint64(v))
			}
			sum, n = crc32.Update(sum, table, b), n+graph.Shape(t.Shape).Size()
		}
		if n >= looked {
			break
		}
	}
	return fmt.Sprintf("%d batches, crc32c %08x", s.Len(), sum)
}

// saveHistory writes the rows of a training, as far as it went.
func (a Verbs) saveHistory(f trainFlags, h history.Rows) error {
	switch {
	case f.history == "":
		return nil
	case f.seen != nil:
		return a.Write(func() error { return f.seen.WriteFile(f.history, h) })
	}
	return a.Write(func() error { return h.WriteFile(f.history) })
}

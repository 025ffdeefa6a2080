// This file holds the files of a Checkpoint, and what reads them.

package train

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/internal/files"
)

// The names of the files of checkpoint 7 begin with checkpoint-000007.
const (
	manifestEnding = ".json"
	weightsEnding  = ".weights.safetensors"
	trainingEnding = ".training.safetensors"
	keptEnding     = ".more.safetensors"
	historyEnding  = ".history.csv"
)

// endings are those of the files that a manifest tells of.
func endings() []string { return []string{weightsEnding, trainingEnding, keptEnding, historyEnding} }

func nameOf(number int) string { return fmt.Sprintf("checkpoint-%06d", number) }

// numberOf is the number in the name of a file with such an ending.
func numberOf(name, ending string) (int, bool) {
	digits, ok := strings.CutSuffix(name, ending)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(strings.TrimPrefix(digits, "checkpoint-"))
	return n, err == nil && n > 0 && nameOf(n) == digits
}

// numbersIn are those of the checkpoints in a folder, the newest first.
func numbersIn(dir string) (numbers []int, err error) {
	names, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range names {
		if n, ok := numberOf(e.Name(), manifestEnding); ok {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	slices.Reverse(numbers)
	return numbers, nil
}

// Saved is a checkpoint as it is on the disk, whole: all its files have the sizes and checksums that they were written
// with.
type Saved struct {
	Path     string // of the manifest
	Weights  string // the path of the file of parameters
	Step     int    // of the trainer
	Position Position
	Settings map[string]string
	Known    map[string]string // what a Fit has recorded of itself, see Checkpoint.Settings; nil for nothing
	Files    []SavedFile
	Passed   []error // about newer ones, which are damaged

	base   string
	number int
}

// SavedFile is a file of a checkpoint.
type SavedFile struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// ReadCheckpoint looks for the newest checkpoint of a folder that is whole. That there is none is an error of kind
// [os.ErrNotExist], that all are damaged one of kind [ErrDamaged].
func ReadCheckpoint(dir string) (*Saved, error) {
	numbers, err := numbersIn(dir)
	if err != nil {
		return nil, err
	}
	var passed []error
	for _, n := range numbers {
		s, err := readSaved(filepath.Join(dir, nameOf(n)), n)
		if err == nil {
			s.Passed = passed
			return s, nil
		}
		if !errors.Is(err, ErrDamaged) {
			return nil, err
		}
		passed = append(passed, err)
	}
	switch len(passed) {
	case 0:
		return nil, none(dir)
	case 1:
		return nil, passed[0]
	}
	return nil, damagedf("%s: all %d checkpoints are damaged, the newest: %w", dir, len(passed), passed[0])
}

// none is the error of a folder without a checkpoint: os.ErrNotExist.
type none string

func (dir none) Error() string { return string(dir) + ": it holds no checkpoint" }

// Is reports whether it is os.ErrNotExist.
func (none) Is(target error) bool { return target == os.ErrNotExist }

func readSaved(base string, number int) (*Saved, error) {
	path := base + manifestEnding
	m, err := readManifest(path)
	if err != nil {
		return nil, err
	}
	s := &Saved{Path: path, Weights: base + weightsEnding, Step: m.Step, Settings: m.Settings, Files: m.Files,
		base: base, number: number}
	for i, ending := range endings() {
		if want := filepath.Base(base + ending); m.Files[i].Name != want {
			return nil, damagedf("%s: file %d is %.200q, want %q", path, i, m.Files[i].Name, want)
		}
		if err := m.Files[i].check(base + ending); err != nil {
			return nil, err
		}
	}
	f, _, err := files.Open(base + historyEnding)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s.Position = Position{Epoch: m.Epoch, Step: m.StepOfEpoch, fit: m.Fit}
	if m.Fit != nil {
		s.Known = m.Fit.Settings
	}
	if s.Position.History, err = ReadCSV(f); err != nil {
		return nil, fmt.Errorf("%s: %w", base+historyEnding, err)
	}
	return s, nil
}

// manifest is what the file of JSON holds, in this order and no other.
type manifest struct {
	Format      string            `json:"format"`
	Version     int               `json:"version"`
	Step        int               `json:"step"`          // of the trainer
	Epoch       int               `json:"epoch"`         // whole epochs that are done
	StepOfEpoch int               `json:"step_of_epoch"` // steps of the next one that are done
	Settings    map[string]string `json:"settings,omitempty"`
	Fit         *progressOfFit    `json:"fit,omitempty"`
	Files       []SavedFile       `json:"files"`
	SHA256      string            `json:"sha256"` // of this file where this field is ""
}

const (
	manifestFormat  = "stheno checkpoint"
	manifestVersion = 2        // 1 had no settings of a Fit
	mostManifest    = 16 << 20 // bytes
)

// text is the file, but for the checksum that it has.
func (m manifest) text() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", "  ")
	return append(b, '\n'), err
}

func (m manifest) write(path string) error {
	m.SHA256 = ""
	b, err := m.text()
	if err != nil {
		return err
	}
	sum := sha256.Sum256(b)
	m.SHA256 = hex.EncodeToString(sum[:])
	if b, err = m.text(); err != nil {
		return err
	}
	return files.Replace(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

func readManifest(path string) (*manifest, error) {
	f, info, err := files.Open(path)
	if err != nil {
		if errors.Is(err, files.ErrNotRegular) {
			return nil, damaged{err}
		}
		return nil, err
	}
	defer f.Close()
	if info.Size() > mostManifest {
		return nil, damagedf("%s: it has %d bytes, want at most %d", path, info.Size(), mostManifest)
	}
	b, err := io.ReadAll(io.LimitReader(f, mostManifest))
	if err != nil {
		return nil, err
	}
	m, err := parseManifest(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// parseManifest believes nothing: the bytes must be those that the same values are written as, with their checksum.
func parseManifest(b []byte) (*manifest, error) {
	var m manifest
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, damagedf("the manifest is no JSON of a checkpoint: %w", err)
	}
	if m.Format != manifestFormat {
		return nil, damagedf("the format is %.100q, want %q", m.Format, manifestFormat)
	}
	if m.Version < 1 || m.Version > manifestVersion {
		return nil, fmt.Errorf("the version is %d, and this program reads 1 to %d: take the program that wrote it",
			m.Version, manifestVersion)
	}
	sum := m.SHA256
	m.SHA256 = ""
	text, err := m.text()
	if err != nil {
		return nil, damagedf("the manifest is damaged: %w", err)
	}
	want := sha256.Sum256(text)
	m.SHA256 = sum
	if text, err = m.text(); err != nil || sum != hex.EncodeToString(want[:]) || !bytes.Equal(text, b) {
		return nil, damagedf("the manifest is damaged: it has not the bytes that it was written with")
	}
	return &m, m.check()
}

// check reports numbers that no training has.
func (m *manifest) check() error {
	for _, n := range []int{m.Step, m.Epoch, m.StepOfEpoch} {
		if n < 0 || int64(n) > mostSteps {
			return damagedf("step %d, epoch %d and step_of_epoch %d: want numbers from 0 to %d", m.Step, m.Epoch,
				m.StepOfEpoch, mostSteps)
		}
	}
	if len(m.Files) != len(endings()) {
		return damagedf("it tells of %d files, want %d", len(m.Files), len(endings()))
	}
	if m.Fit != nil {
		if err := m.Fit.check(); err != nil {
			return damaged{err}
		}
	}
	return nil
}

// entryOf is the entry of a file that has just been written.
func entryOf(path string) (SavedFile, error) {
	f, info, err := files.Open(path)
	if err != nil {
		return SavedFile{}, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return SavedFile{}, err
	}
	return SavedFile{filepath.Base(path), info.Size(), hex.EncodeToString(h.Sum(nil))}, nil
}

// check compares a file with its entry: first the size, then the checksum.
func (e SavedFile) check(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return damagedf("%s: the file is missing", path)
	case err != nil:
		return err
	case info.Mode().IsRegular() && info.Size() != e.Bytes:
		return damagedf("%s: it has %d bytes, want %d", path, info.Size(), e.Bytes)
	}
	got, err := entryOf(path)
	switch {
	case errors.Is(err, files.ErrNotRegular):
		return damaged{err}
	case err != nil:
		return err
	case got.SHA256 != e.SHA256:
		return damagedf("%s: its SHA-256 is %s, want %.100q", path, got.SHA256, e.SHA256)
	}
	return nil
}

// exact is a number that JSON gives back to the bit: NaN and infinities are strings.
type exact float64

// MarshalJSON writes the shortest number that is this one.
func (v exact) MarshalJSON() ([]byte, error) {
	s := strconv.FormatFloat(float64(v), 'g', -1, 64)
	if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
		s = strconv.Quote(s)
	}
	return []byte(s), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *exact) UnmarshalJSON(b []byte) error {
	f, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64)
	*v = exact(f)
	return err
}

// progressOfFit is what a Fit knows of its progress.
type progressOfFit struct {
	Closed  bool  `json:"closed"`        // the epoch has been evaluated, and has its row
	Done    int   `json:"steps_of_last"` // of the epoch that is under way, or closed
	Stop    bool  `json:"stop"`          // a hook has ended it
	Samples int   `json:"samples"`
	Loss    exact `json:"train_loss"`
	LR      exact `json:"lr"` // of the last step
	Seconds exact `json:"seconds"`

	TestLoss exact            `json:"test_loss"`
	TestRows int              `json:"test_rows"`
	Test     map[string]exact `json:"test"`
	Means    []savedMean      `json:"means"`  // of the epoch
	Before   []savedMean      `json:"before"` // of the one before it

	Settings map[string]string `json:"settings,omitempty"`     // what the Fit knows by itself
	Total    int               `json:"steps_in_all,omitempty"` // that the schedule was looked at
}

// savedMean is a mean that is added up.
type savedMean struct {
	Name   string  `json:"name"`
	Loss   bool    `json:"loss"`
	Sums   []exact `json:"sums"`
	Counts []exact `json:"counts"`
}

func (p *progressOfFit) check() error {
	if p.Done < 0 || p.Samples < 0 || p.TestRows < 0 || !(p.Seconds >= 0 && p.Seconds < 1e9) {
		return fmt.Errorf("%d steps, %d samples, %d rows of a test and %v seconds are done, want numbers ≥ 0", p.Done,
			p.Samples, p.TestRows, float64(p.Seconds))
	}
	for _, m := range slices.Concat(p.Means, p.Before) {
		if len(m.Sums) != len(m.Counts) {
			return fmt.Errorf("mean %.100q has %d sums and %d counts", m.Name, len(m.Sums), len(m.Counts))
		}
	}
	return nil
}

// saved are means as they are written.
func (m *means) saved() (all []savedMean) {
	for i := range m.of {
		s := savedMean{Name: m.of[i].name, Loss: m.of[i].loss}
		for k, v := range m.sum[i].sums {
			s.Sums, s.Counts = append(s.Sums, exact(v)), append(s.Counts, exact(m.sum[i].counts[k]))
		}
		all = append(all, s)
	}
	return all
}

// meansFrom are the means that saved gave.
func meansFrom(saved []savedMean) (m means) {
	for _, s := range saved {
		var t tally
		for k, v := range s.Sums {
			t.sums, t.counts = append(t.sums, float64(v)), append(t.counts, float64(s.Counts[k]))
		}
		m.of, m.sum = append(m.of, mean{name: s.Name, loss: s.Loss}), append(m.sum, t)
	}
	return m
}

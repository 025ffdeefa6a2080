// This file holds the manifest of a checkpoint, which makes its files one.

package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/stheno-ml/stheno/internal/files"
	"github.com/stheno-ml/stheno/train/internal/damage"
)

// Manifest is what the file of JSON holds, in this order and no other.
type Manifest struct {
	Format      string            `json:"format"`
	Version     int               `json:"version"`
	Step        int               `json:"step"`          // of the trainer
	Epoch       int               `json:"epoch"`         // whole epochs that are done
	StepOfEpoch int               `json:"step_of_epoch"` // steps of the next one that are done
	Settings    map[string]string `json:"settings,omitempty"`
	Fit         *Progress         `json:"fit,omitempty"`
	Files       []file            `json:"files"`
	SHA256      string            `json:"sha256"` // of this file where this field is ""
}

const (
	manifestFormat  = "stheno checkpoint"
	manifestVersion = 2        // 1 had no settings of a Fit
	mostManifest    = 16 << 20 // bytes
)

// MostSteps is a number of steps that nobody takes, from which there is room to count on.
const MostSteps int64 = 1 << 53

// text is the file, but for the checksum that it has.
func (m Manifest) text() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", "  ")
	return append(b, '\n'), err
}

func (m Manifest) Write(path string) error {
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

// ReadManifest reads a manifest that is whole; what is not is damaged.
func ReadManifest(path string) (*Manifest, error) {
	f, info, err := files.Open(path)
	if err != nil {
		if errors.Is(err, files.ErrNotRegular) {
			return nil, damage.Of(err)
		}
		return nil, err
	}
	defer f.Close()
	if info.Size() > mostManifest {
		return nil, damage.Errorf("%s: it has %d bytes, want at most %d", path, info.Size(), mostManifest)
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
func parseManifest(b []byte) (*Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, damage.Errorf("the manifest is no JSON of a checkpoint: %w", err)
	}
	if m.Format != manifestFormat {
		return nil, damage.Errorf("the format is %.100q, want %q", m.Format, manifestFormat)
	}
	if m.Version < 1 || m.Version > manifestVersion {
		return nil, fmt.Errorf("the version is %d, and this program reads 1 to %d: take the program that wrote it",
			m.Version, manifestVersion)
	}
	sum := m.SHA256
	m.SHA256 = ""
	text, err := m.text()
	if err != nil {
		return nil, damage.Errorf("the manifest is damaged: %w", err)
	}
	want := sha256.Sum256(text)
	m.SHA256 = sum
	if text, err = m.text(); err != nil || sum != hex.EncodeToString(want[:]) || !bytes.Equal(text, b) {
		return nil, damage.Errorf("the manifest is damaged: it has not the bytes that it was written with")
	}
	return &m, m.check()
}

// check reports numbers that no training has.
func (m *Manifest) check() error {
	for _, n := range []int{m.Step, m.Epoch, m.StepOfEpoch} {
		if n < 0 || int64(n) > MostSteps {
			return damage.Errorf("step %d, epoch %d and step_of_epoch %d: want numbers from 0 to %d", m.Step, m.Epoch,
				m.StepOfEpoch, MostSteps)
		}
	}
	if len(m.Files) != len(endings()) {
		return damage.Errorf("it tells of %d files, want %d", len(m.Files), len(endings()))
	}
	if m.Fit != nil {
		if err := m.Fit.check(); err != nil {
			return damage.Of(err)
		}
	}
	return nil
}

// file is the entry of a file in a manifest.
type file struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// entryOf is the entry of a file that has just been written.
func entryOf(path string) (file, error) {
	f, info, err := files.Open(path)
	if err != nil {
		return file{}, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return file{}, err
	}
	return file{filepath.Base(path), info.Size(), hex.EncodeToString(h.Sum(nil))}, nil
}

// check compares a file with its entry: first the size, then the checksum.
func (e file) check(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return damage.Errorf("%s: the file is missing", path)
	case err != nil:
		return err
	case info.Mode().IsRegular() && info.Size() != e.Bytes:
		return damage.Errorf("%s: it has %d bytes, want %d", path, info.Size(), e.Bytes)
	}
	got, err := entryOf(path)
	switch {
	case errors.Is(err, files.ErrNotRegular):
		return damage.Of(err)
	case err != nil:
		return err
	case got.SHA256 != e.SHA256:
		return damage.Errorf("%s: its SHA-256 is %s, want %.100q", path, got.SHA256, e.SHA256)
	}
	return nil
}

// This file holds train --snapshots, which saves the weights at the end of each cycle of the learning rate.

package training

import (
	"fmt"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/internal/files"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/train"
)

// snapshotNames are the names of the files.
var snapshotNames = regexp.MustCompile(`^snapshot-[0-9]{3,}\.safetensors$`)

func snapshotsFlag(c *cobra.Command, dir *string) {
	c.Flags().StringVar(dir, "snapshots", "",
		"folder for the weights at the end of each cycle of the rate, for zoo ensemble (DIR)")
}

const noCycles = "--snapshots is for a rate with cycles, which %s: give --schedule restarts, or cyclic"

// checkSnapshots reports a folder that cannot be written, and one that has snapshots of another training.
func (f *trainFlags) checkSnapshots(c *cobra.Command, r recipe.Recipe) error {
	switch {
	case f.snapshots == "" && c.Flags().Changed("snapshots"):
		return cli.Usagef("--snapshots is empty, want the name of a folder")
	case f.snapshots == "":
		return nil
	case f.schedule.plateau != nil:
		return cli.Usagef(noCycles, "a plateau has not")
	}
	old := ""
	size := 4 * int64(r.New(r.Usual()).Params().Count())
	err := files.ProbeFolder(f.snapshots, size, func(name string) bool {
		if snapshotNames.MatchString(name) {
			old = name
		}
		return old != ""
	})
	if err != nil {
		return cli.OutputError(fmt.Errorf("--snapshots %s: %w", f.snapshots, err))
	}
	if old != "" && f.resume == "" {
		return cli.Usagef("--snapshots %s has %s of another training: name another folder", f.snapshots, old)
	}
	return nil
}

// snapshotHook saves the weights at the ends of cycles; it is nil without the flag.
func (f *trainFlags) snapshotHook(fit *train.Fit, r recipe.Recipe,
	m *kind.Model) (func(train.Progress, *train.Control), error) {
	if f.snapshots == "" {
		return nil, nil
	}
	if fit.Schedule == nil {
		return nil, cli.Usagef(noCycles, "this one has not")
	}
	words, err := r.Words(m)
	if err != nil {
		return nil, err
	}
	steps := fit.Epochs * fit.Train.Len()
	if fit.Steps > 0 {
		steps = min(steps, fit.Steps)
	}
	s := &train.Snapshots{Dir: f.snapshots, Of: m.Params(), Schedule: fit.Schedule, Steps: steps, Words: words}
	ends, err := s.Ends()
	if err != nil {
		return nil, err
	}
	if len(ends) < 2 {
		return nil, cli.Usagef(noCycles, fmt.Sprintf("this one has not in %s", cli.Counted(steps, "step")))
	}
	return s.Hook, nil
}

// This file holds augment of sounds.

package main

import (
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/sound"
	"github.com/stheno-ml/stheno/internal/kinds"
	"github.com/stheno-ml/stheno/internal/recipe"
)

// soundView is how sounds are heard where --view does not say.
const soundView = "noise=10,stretch=.1,pitch=2,mask=.2"

// checkSounds is [augmentFlags.check] of sounds.
func (f *augmentFlags) checkSounds(c *cobra.Command) (v sound.View, err error) {
	if !c.Flags().Changed("view") {
		f.view = soundView
	}
	if f.view != recipe.AsTheyAre {
		if v, err = sound.ParseView(f.view); err != nil {
			return v, cli.ViewError("--view", err)
		}
	}
	if c.Flags().Changed("size") {
		return v, cli.Usagef("--size says nothing to sounds")
	}
	return v, f.checkRest(c, ".png", ".wav")
}

// heard is the JSON of augment of sounds.
type heard struct {
	Data   string `json:"data"`
	View   string `json:"view"`
	Seed   uint64 `json:"seed"`
	Sounds int    `json:"sounds"`
	Views  int    `json:"views"`
	Output string `json:"output"`
}

func (a *app) augmentSounds(f augmentFlags, v sound.View) error {
	clips, err := kinds.OpenClips(a.Ctx, f.source, a.Logf)
	if err != nil {
		return f.unread(err)
	}
	all, err := kinds.HearViews(clips, v, f.lines, f.views, f.seed)
	if err != nil {
		return err
	}
	a.Logf("%s: %s, seed %d: %s", cli.Shown(f.source), cli.Plural(cli.Thousands(clips.Len()), "sound"), f.seed, f.view)
	write := func() error { return data.WriteWAV(f.out, all.Sound()) }
	if strings.EqualFold(filepath.Ext(f.out), ".png") {
		p, err := all.Picture()
		if err != nil {
			return err
		}
		write = func() error { return p.Write(f.out) }
	}
	if err := a.Write(write); err != nil {
		return err
	}
	if !a.JSON {
		return a.Wrote("sounds", f.out)
	}
	return a.WriteJSON(heard{f.source, f.view, f.seed, all.Len(), f.views, f.out})
}

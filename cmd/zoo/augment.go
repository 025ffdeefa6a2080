// This file holds augment, and the flag of train of the same name.

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/internal/recipe"
)

// viewHelp says how a view is written.
const viewHelp = `A view is KEY=VALUE,KEY=VALUE with a comma between, such as turn=15,crop=.6,flip:

  crop=SHARE      a part of the picture, at least this share of its area, fills the view
  stretch=FACTOR  the sides of the part, within this factor (1.33 without it)
  turn=DEGREES    turned by at most so much, either way; shear=DEGREES slanted
  flip            half the views are mirrored
  brightness, contrast, saturation=SHARE, hue=SHARE of the circle of colours; gray=PROBABILITY of no colour
  blur=PIXELS     half the views are out of focus, by at most so much
  erase=SHARE     in half the views noise hides a rectangle of at most this share of the area

A view of sounds is such as noise=10,stretch=.1,pitch=2,mask=.2:

  noise=DB        half the views are in white noise, above which the sound is by so many decibels to 20 more
  stretch=SHARE   faster or slower by at most this share; pitch=SEMITONES higher or lower
  mask=SHARE      of the picture of the sound, at most this share of the bands is hidden, and of the time`

// withViews is the recipe whose training sees pictures anew in each epoch, as --augment says.
func withViews(c *cobra.Command, r recipe.Recipe, text string) (recipe.Recipe, error) {
	if !c.Flags().Changed("augment") {
		return r, nil
	}
	k, ok := r.Kind.(recipe.Augmenter)
	if !ok {
		return r, usagef("--augment is for models that tell the class of a picture or a sound, and %s is a %s", r.Name,
			r.Kind.Word())
	}
	var err error
	if r.Kind, err = k.Augmented(text); err != nil {
		return r, usagef("--augment: %s", strings.TrimPrefix(err.Error(), "view: "))
	}
	return r, nil
}

// augmentFlags are the flags of augment.
type augmentFlags struct {
	source, view, out  string
	side, lines, views int
	seed               uint64
}

// The most pictures and views of each that are drawn, and their largest side.
const mostLines, mostViews, mostSide = 64, 32, 1024

func (a *app) augmentCommand() *cobra.Command {
	var f augmentFlags
	c := &cobra.Command{Use: "augment -o FILE", Args: noArguments,
		Short: "Draw pictures, or play sounds, as a training with --augment has them",
		Long: "Draw pictures of a source, one a line, and beside each some views of it: what zoo train MODEL\n" +
			"--augment VIEW learns from in its first epochs. Sounds are drawn as their pictures, frequencies over\n" +
			"time, or with -o FILE.wav are put one after the other: a sound, its views, and then the next sound.\n\n" +
			viewHelp,
		Example: "  zoo augment -o views.png\n" +
			"  zoo augment --data photos --size 64 --view crop=.4,flip,hue=.1,erase=.2 -o views.png\n" +
			"  zoo augment --data tones --view noise=10,stretch=.2 -o views.wav\n" +
			"  zoo augment --data word.wav --view pitch=4 --views 3 -o views.wav",
		RunE: func(c *cobra.Command, args []string) error {
			if recipe.IsSounds(f.source) {
				v, err := f.checkSounds(c)
				if err != nil {
					return err
				}
				return a.verb(c, func() error { return a.augmentSounds(f, v) })
			}
			v, err := f.check(c)
			if err != nil {
				return err
			}
			return a.verb(c, func() error { return a.augment(f, v) })
		}}
	c.Flags().StringVar(&f.source, "data", "digits", "digits, mnist, tones, a folder of pictures, of IDX files or of "+
		"WAV files, or one WAV file")
	c.Flags().StringVar(&f.view, "view", "turn=15,shear=10,crop=.7,brightness=.2,erase=.1",
		"how pictures are seen anew; without it sounds are heard by "+soundView)
	c.Flags().Var(whole{&f.lines}, "pictures", "pictures, or sounds, one a line")
	c.Flags().Var(whole{&f.views}, "views", "views of each")
	f.lines, f.views = 8, 9
	c.Flags().Lookup("pictures").DefValue, c.Flags().Lookup("views").DefValue = "8", "9"
	c.Flags().Var(whole{&f.side}, "size",
		"side that pictures of a folder are read in; 0 for their own, which must be one")
	c.Flags().Var(seed{&f.seed}, "seed", "seed of the views")
	c.Flags().StringVarP(&f.out, "output", "o", "", "file for the picture (.png)")
	a.jsonFlag(c)
	return c
}

func (f *augmentFlags) check(c *cobra.Command) (v data.View, err error) {
	if v, err = data.ParseView(f.view); err != nil {
		return v, usagef("--%v", err)
	}
	return v, f.checkRest(c, ".png")
}

// checkRest is check of all but the view. What is written has one of these endings.
func (f *augmentFlags) checkRest(c *cobra.Command, endings ...string) error {
	are := strings.Join(endings, " or ")
	switch {
	case f.out == "" && !c.Flags().Changed("output"):
		return usagef("-o FILE%s is needed: views are drawn as a picture", endings[0])
	case f.out != "" && !slices.Contains(endings, strings.ToLower(filepath.Ext(f.out))):
		return usagef("-o %s: views are written as %s", f.out, are)
	case f.lines < 1 || f.lines > mostLines:
		return usagef("--pictures is %d, want 1 to %d", f.lines, mostLines)
	case f.views < 1 || f.views > mostViews:
		return usagef("--views is %d, want 1 to %d", f.views, mostViews)
	case f.side < 0 || f.side > mostSide:
		return usagef("--size is %d, want 1 to %d, or 0 for that of the pictures", f.side, mostSide)
	}
	if err := checkReplaced(f.out, f.source); err != nil {
		return err
	}
	return checkOutput(c, f.out, drawingSize)
}

// augmented is the JSON of augment.
type augmented struct {
	Data     string `json:"data"`
	View     string `json:"view"`
	Seed     uint64 `json:"seed"`
	Pictures int    `json:"pictures"`
	Views    int    `json:"views"`
	Output   string `json:"output"`
}

func (a *app) augment(f augmentFlags, v data.View) error {
	images, err := data.OpenImages(a.ctx, f.source, data.FolderOptions{Height: f.side, Width: f.side}, a.logf)
	if err != nil {
		return sourceError(f.source, err)
	}
	n := min(f.lines, images.Train.Len())
	a.logf("%s: %s, seed %d: %s", shown(f.source), plural(thousands(images.Train.Len()), "picture"), f.seed, f.view)
	p := recipe.Views(images, v, n, f.views, f.seed)
	if err := a.write(func() error { return p.Write(f.out) }); err != nil {
		return err
	}
	if !a.json {
		return nil
	}
	return a.writeJSON(augmented{f.source, f.view, f.seed, n, f.views, f.out})
}

// sourceError tells an error of data as one of --data.
func sourceError(source string, err error) error {
	var kind *data.KindError
	switch {
	case errors.Is(err, context.Canceled):
		return interrupted{"the reading of " + shown(source)}
	case errors.As(err, &kind):
		return usagef("--data %v", err)
	}
	return fmt.Errorf("--data %w", err)
}

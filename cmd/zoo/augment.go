// This file holds augment, and the flag of train of the same name.

package main

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/corpus"
	"github.com/stheno-ml/stheno/internal/kinds"
	"github.com/stheno-ml/stheno/internal/recipe"
)

// viewHelp says how a view is written.
const viewHelp = `A view is KEY=VALUE,KEY=VALUE with a comma between, such as turn=15,crop=.6,flip.
Without one, colour pictures are shown as models of photographs learn from them:
shifted by up to an eighth of their side, and half of them mirrored. Others are not varied in training
unless --augment says so, and are shown by ` + pictureView + `.
none leaves all as they are, here and in zoo train MODEL --augment none.

  crop=SHARE      a part of the picture, at least this share of its area, fills the view
  stretch=FACTOR  the sides of the part, within this factor (1.33 without it)
  turn=DEGREES    turned by at most so much, either way; shear=DEGREES slanted
  flip            half the views are mirrored
  brightness, contrast, saturation=SHARE, hue=SHARE of the circle of colours; gray=PROBABILITY of no colour
  blur=PIXELS     half the views are out of focus, by at most so much
  erase=SHARE     in half the views noise hides a rectangle of at most this share of the area
  mixup=ALPHA     each picture of a batch, and its label, is blended with another one's, by a share that is drawn from
                  Beta(ALPHA, ALPHA); 0.2 is usual
  cutmix=ALPHA    a box in each picture is another one's, by such a share of its area; 1 is usual

Of a sound it is, such as noise=10,stretch=.1,pitch=2,mask=.2:

  noise=DB        half the views are in white noise, above which the sound is by so many decibels to 20 more
  stretch=SHARE   faster or slower by at most this share; pitch=SEMITONES higher or lower
  mask=SHARE      of the picture of the sound, at most this share of the bands is hidden, and of the time

Of a text it is, such as swap=.1,delete=.1:

  replace=SHARE, insert=SHARE  so many of the words become, or are beside, one that may stand for them
  synonyms=FILE                which these are: a line of words that may stand for each other, for each such group
  swap=SHARE                   so many times two words change places
  delete=PROBABILITY           of each word to be left out`

// augmentFlags are the flags of augment.
type augmentFlags struct {
	anewFlags
	seen               kinds.Seeing // what view says
	by                 corpus.Rewording
	source, view, out  string
	side, lines, views int
	seed               uint64
}

// The most pictures and views of each that are drawn, and their largest side.
const mostLines, mostViews, mostSide = 64, 32, 1024

func (a *app) augmentCommand() *cobra.Command {
	var f augmentFlags
	c := &cobra.Command{Use: "augment -o FILE", Args: cli.NoArguments,
		Short: "Show pictures, sounds or texts as a training with --augment has them",
		Long: "Draw pictures of a source, one a line, and beside each some views of it: what zoo train MODEL\n" +
			"--augment VIEW learns from in its first epochs. Sounds are drawn as their pictures, frequencies over\n" +
			"time, or with -o FILE.wav are put one after the other: a sound, its views, and then the next sound.\n" +
			"Texts are printed, and the views below each.\n\n" + viewHelp + "\n\n" + anewHelp,
		Example: "  zoo augment -o views.png\n  zoo augment --view turn=10,cutmix=1 -o mixed.png\n" +
			"  zoo augment --data photos --size 64 --view crop=.4,flip,hue=.1,erase=.2 -o views.png\n" +
			"  zoo augment --data tones --view noise=10,stretch=.2 -o views.wav\n" +
			"  zoo augment --data word.wav --view pitch=4 --views 3 -o views.wav\n" +
			"  zoo augment --data reviews --view swap=.1,delete=.1\n" +
			"  zoo augment --data phrases --through en-de.safetensors --back de-en.safetensors",
		RunE: func(c *cobra.Command, args []string) error {
			if f.ofTexts(c) {
				if err := f.checkTexts(c); err != nil {
					return err
				}
				return a.Verb(c, func() error { return a.reword(f) })
			}
			if kinds.IsSounds(f.source) {
				v, err := f.checkSounds(c)
				if err != nil {
					return err
				}
				return a.Verb(c, func() error { return a.augmentSounds(f, v) })
			}
			if err := f.check(c); err != nil {
				return err
			}
			return a.Verb(c, func() error { return a.augment(f) })
		}}
	c.Flags().StringVar(&f.source, "data", "digits",
		"digits, mnist, or a folder of pictures or of IDX files; of sounds tones, a folder of WAV files, or one; "+
			"of texts reviews, languages, a folder, or a file")
	c.Flags().StringVar(&f.view, "view", "", "how pictures, sounds or texts are seen anew, or none; without it "+
		"colour pictures are shifted and mirrored, others seen by "+pictureView+", and sounds heard by "+soundView)
	c.Flags().Var(cli.Whole(&f.lines), "pictures", "pictures, sounds, or texts, one a line")
	c.Flags().Var(cli.Whole(&f.views), "views", "views of each")
	f.lines, f.views = 8, 9
	c.Flags().Lookup("pictures").DefValue, c.Flags().Lookup("views").DefValue = "8", "9"
	c.Flags().Var(cli.Whole(&f.side), "size",
		"side that pictures of a folder are read in; 0 for their own, which must be one")
	c.Flags().Var(cli.Seed(&f.seed), "seed", "seed of the views")
	f.anewFlags.flags(c)
	c.Flags().StringVarP(&f.out, "output", "o", "",
		"file for the picture (.png), for sounds also .wav, or for texts (.txt)")
	a.JSONFlag(c)
	return c
}

// pictureView is how pictures without colours are seen where --view does not say.
const pictureView = "turn=15,shear=10,crop=.7,brightness=.2,erase=.1"

func (f *augmentFlags) check(c *cobra.Command) error {
	if err := f.readView(); err != nil {
		return err
	}
	return f.checkRest(c, ".png")
}

// readView reads what is said of pictures, if anything is.
func (f *augmentFlags) readView() (err error) {
	if f.view == "" || f.view == recipe.AsTheyAre {
		return nil
	}
	if f.seen.View, f.seen.Mix, err = data.ParseMixedView(f.view); err != nil {
		return cli.ViewError("--view", err)
	}
	return nil
}

// usually fills in how pictures are seen where --view does not say.
func (f *augmentFlags) usually(images data.Images) (err error) {
	switch {
	case f.view != "":
		return nil
	case kinds.Varied(images):
		f.view, f.seen.Usual = usualView, true
		return nil
	}
	f.view = pictureView
	return f.readView()
}

// usualView is what the views of colour pictures are called where --view does not say.
const usualView = "shifted and mirrored"

// checkRest is check of all but the view. What is written has one of these endings.
func (f *augmentFlags) checkRest(c *cobra.Command, endings ...string) error {
	switch {
	case f.out == "" && !c.Flags().Changed("output"):
		return cli.Usagef("-o FILE%s is needed: views are drawn as a picture", endings[0])
	case f.out != "" && !slices.Contains(endings, strings.ToLower(filepath.Ext(f.out))):
		return cli.Usagef("-o %s: views are written as %s", f.out, strings.Join(endings, " or "))
	case f.side < 0 || f.side > mostSide:
		return cli.Usagef("--size is %d, want 1 to %d, or 0 for that of the pictures", f.side, mostSide)
	}
	if err := cmp.Or(f.checkNumbers(), cli.CheckReplaced(f.out, f.source)); err != nil {
		return err
	}
	return cli.CheckOutput(c, f.out, cli.DrawingSize)
}

// checkNumbers reports too many or too few examples or views.
func (f *augmentFlags) checkNumbers() error {
	switch {
	case f.lines < 1 || f.lines > mostLines:
		return cli.Usagef("--pictures is %d, want 1 to %d", f.lines, mostLines)
	case f.views < 1 || f.views > mostViews:
		return cli.Usagef("--views is %d, want 1 to %d", f.views, mostViews)
	}
	return nil
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

// unread is the error of data that are not read.
func (f *augmentFlags) unread(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return cli.Interrupted("the reading of " + cli.Shown(f.source))
	case errors.As(err, new(*data.KindError)):
		return cli.Usagef("--data %v", err)
	}
	return cli.ReadBy("--data ", cli.OrFile(cli.WithTables(err)))
}

func (a *app) augment(f augmentFlags) error {
	images, err := data.OpenImages(a.Ctx, f.source, data.FolderOptions{Height: f.side, Width: f.side}, a.Logf)
	if err != nil {
		return f.unread(err)
	}
	if err := f.usually(images); err != nil {
		return err
	}
	n := min(f.lines, images.Train.Len())
	a.Logf("%s: %s, seed %d: %s", cli.Shown(f.source), cli.Plural(cli.Thousands(images.Train.Len()), "picture"),
		f.seed, f.view)
	p := kinds.Views(images, f.seen, n, f.views, f.seed)
	if err := a.Write(func() error { return p.Write(f.out) }); err != nil {
		return err
	}
	if !a.JSON {
		return a.Wrote("pictures", f.out)
	}
	return a.WriteJSON(augmented{f.source, f.view, f.seed, n, f.views, f.out})
}

// This file holds what augment does with texts.

package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/corpus"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/kinds"
	"github.com/stheno-ml/stheno/internal/recipe"
)

// usualRewording is how texts are seen anew when nobody says.
const usualRewording = "swap=.1,delete=.1"

// textEndings are those of files of texts.
var textEndings = []string{".txt", ".csv", ".tsv"}

// ofTexts reports views of texts: the view says so, or, without one, the data do.
func (f *augmentFlags) ofTexts(c *cobra.Command) bool {
	if f.given(c) {
		return true
	}
	if c.Flags().Changed("view") && f.view != recipe.AsTheyAre {
		key, _, _ := strings.Cut(f.view, "=")
		return slices.Contains(corpus.RewordingKeys(), key)
	}
	for _, s := range data.Sources() {
		if s.Name == f.source {
			return s.Kind == "labelled"
		}
	}
	return slices.Contains(textEndings, strings.ToLower(filepath.Ext(f.source)))
}

// checkTexts fills in what is usual of texts, and reports what makes no sense.
func (f *augmentFlags) checkTexts(c *cobra.Command) (err error) {
	set := c.Flags().Changed
	if f.given(c) {
		if err := f.checkAnew(c); err != nil {
			return err
		}
	} else {
		if !set("data") {
			f.source = "reviews"
		}
		if !set("view") {
			f.view = usualRewording
		}
		if f.view != recipe.AsTheyAre {
			if f.by, err = corpus.ParseRewording(f.view); err != nil {
				return cli.ViewError("--view", err)
			}
		}
	}
	if err := f.checkNumbers(); err != nil {
		return err
	}
	ext := strings.ToLower(filepath.Ext(f.out))
	switch {
	case set("size"):
		return cli.Usagef("--size is for pictures, and %s are texts", cli.Shown(f.source))
	case slices.Contains(noTexts, ext):
		return cli.Usagef("-o %s: texts are not written as %s; name the file %s.txt", f.out, ext,
			f.out[:len(f.out)-len(ext)])
	}
	if err := cli.CheckReplaced(f.out, f.source, f.through, f.back, cli.SynonymsIn(f.view)); err != nil {
		return err
	}
	return cli.CheckOutput(c, f.out, cli.PageSize)
}

// reworded is the JSON of augment of texts.
type reworded struct {
	Data   string               `json:"data"`
	View   string               `json:"view"`
	Seed   uint64               `json:"seed"`
	Texts  []kinds.RewordedText `json:"texts"`
	Output string               `json:"output,omitempty"`

	Through     string      `json:"through,omitempty"`
	Back        string      `json:"back,omitempty"`
	Temperature *cli.Figure `json:"temperature,omitempty"` // of translators
}

func (a *app) reword(f augmentFlags) error {
	if f.through != "" {
		return a.sayAnew(f)
	}
	texts, words, err := kinds.TextsOf(a.Ctx, f.source, a.Logf)
	if err != nil {
		return f.unread(err)
	}
	a.Logf("%s: %s, seed %d: %s", cli.Shown(f.source), cli.Plural(cli.Thousands(len(texts)), "text"), f.seed, f.view)
	all := kinds.Reworded(texts, words, f.by, f.lines, f.views, f.seed)
	return a.showReworded(reworded{Data: f.source, View: f.view, Seed: f.seed, Texts: all, Output: f.out})
}

// showReworded writes texts with their views where they are wanted.
func (a *app) showReworded(r reworded) error {
	if r.Output != "" {
		if err := a.Write(func() error { return kind.WriteText(r.Output, linesOf(r.Texts)) }); err != nil {
			return err
		}
	}
	switch {
	case a.JSON:
		return a.WriteJSON(r)
	case r.Output != "":
		return a.Wrote("texts", r.Output)
	}
	_, err := fmt.Fprint(a.Stdout, linesOf(r.Texts))
	return err
}

// linesOf writes each text, its views below it, and an empty line.
func linesOf(all []kinds.RewordedText) string {
	var b strings.Builder
	for i, t := range all {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(t.Text + "\n")
		for _, view := range t.Views {
			b.WriteString("  " + view + "\n")
		}
	}
	return b.String()
}

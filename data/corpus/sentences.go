// This file holds data sets of sentences: pairs to translate, and sentences with a label.

package corpus

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/internal/grid"
	"github.com/stheno-ml/stheno/data/internal/read"
)

// Options say what files of sentences mean. The zero value reads UTF-8, holds out a fifth, and takes all
// words.
type Options struct {
	Encoding Encoding
	Swap     bool             // of pairs the second sentence is the source
	Longest  int              // sentences of more words, and pairs of which one has more, are left out; 0 for none
	Words    data.WordOptions // of the vocabulary; of pairs, of that of the source
	Target   data.WordOptions // of pairs, of the vocabulary of the target
	Text     string           // of a table of labelled sentences, the column that has them; "" for text
	Label    string           // and the column of their classes; "" for label
	HeldOut  float64          // the share of the examples in Test; 0 for a fifth
	Seed     uint64           // of the draw of these examples
}

// Encoding is how the characters of a file are written. It is told, never guessed.
type Encoding int

// The encodings that are read.
const (
	UTF8   Encoding = iota
	Latin1          // ISO 8859-1, and of Windows-1252 the signs where that has none, such as quotes and dashes
)

// Parallel is a data set of pairs of sentences that say the same, as in two languages. The vocabularies are those of
// the training part.
type Parallel struct {
	Name           string
	Train, Test    []Pair
	Valid          []Pair // to choose settings by, of a folder that has it; nil otherwise
	Source, Target data.Words
	LeftOut        int // pairs that were longer than was wanted
}

// A Pair is a sentence and what it is to become.
type Pair struct{ Source, Target string }

// Labelled is a data set of sentences of classes, such as reviews that praise or blame. The vocabulary is that of the
// training part.
type Labelled struct {
	Name        string
	Train, Test []LabelledSentence
	Classes     []string // the name of each label
	Words       data.Words
	LeftOut     int // sentences that were longer than was wanted
}

// A LabelledSentence is a sentence and the number of its class.
type LabelledSentence struct {
	Text  string
	Label int64
}

// ReadPairs reads a file of pairs, one a line: a sentence, a tab, and the other sentence. A further tab and what
// follows, such as who wrote it, is left out.
//
// The parts are drawn by the seed. A pair whose source stands in the test part too is put there, so that no sentence
// that is tested with was learnt from. What the file does wrong is [data.ErrDamaged] and names file and line, or
// offset: a line without two sentences, one of over 64 KiB, bytes that are not of its encoding, over 256 MiB, and
// fewer than two different sources.
func ReadPairs(path string, o Options) (Parallel, error) {
	list, err := readLines(path, o.Encoding)
	if err != nil {
		return Parallel{}, err
	}
	pairs := make([]Pair, len(list))
	for i, line := range list {
		fields := strings.SplitN(line, "\t", 3)
		for k := range fields {
			fields[k] = strings.TrimSpace(fields[k])
		}
		if len(fields) < 2 || fields[0] == "" || fields[1] == "" {
			return Parallel{}, badLine(path, i, "not two sentences with a tab between them (got %q)", excerpt(line))
		}
		pairs[i] = Pair{fields[0], fields[1]}
	}
	return newParallel(path, read.BaseName(path), pairs, o)
}

// ReadParallel reads two files of which line i says the same, such as train.en and train.de. What is wrong, and the
// parts, are as [ReadPairs] has them; an empty line and files of different numbers of lines are wrong too.
func ReadParallel(source, target string, o Options) (Parallel, error) {
	pairs, err := readBoth(source, target, o.Encoding)
	if err != nil {
		return Parallel{}, err
	}
	return newParallel(source, read.BaseName(source), pairs, o)
}

// readBoth reads the pairs of two files.
func readBoth(source, target string, e Encoding) ([]Pair, error) {
	sources, err := readSentences(source, e)
	if err != nil {
		return nil, err
	}
	targets, err := readSentences(target, e)
	if err != nil {
		return nil, err
	}
	if len(sources) != len(targets) {
		return nil, read.Damage(fmt.Sprintf("%s: not a line for each of %s (got %d lines, want %d)", target, source,
			len(targets), len(sources)))
	}
	pairs := make([]Pair, len(sources))
	for i := range sources {
		pairs[i] = Pair{sources[i], targets[i]}
	}
	return pairs, nil
}

// ReadParallelParts reads a folder of files as [ReadParallel] reads two: train.de and train.en are learnt from,
// test.de and test.en tested with, and val.de and val.en, which there may be, are Valid. The source is en, English, if
// one of both is, and else the first by name. Parts are as they are: nothing is drawn, and HeldOut and Seed mean
// nothing.
func ReadParallelParts(dir string, o Options) (Parallel, error) {
	if err := o.check(dir); err != nil {
		return Parallel{}, err
	}
	p := Parallel{Name: filepath.Base(dir)}
	for _, part := range []struct {
		name string
		to   *[]Pair
	}{{"train", &p.Train}, {"val", &p.Valid}, {"test", &p.Test}} {
		files := siblings(filepath.Join(dir, part.name))
		if len(files) == 0 && part.name == "val" {
			continue
		}
		if len(files) != 2 {
			return Parallel{}, read.Damage(fmt.Sprintf("%s: not two files %s.LANGUAGE (got %d)", dir, part.name,
				len(files)))
		}
		if ending(files[1]) == "en" {
			slices.Reverse(files)
		}
		pairs, err := readBoth(files[0], files[1], o.Encoding)
		if err != nil {
			return Parallel{}, err
		}
		if *part.to = p.fitting(pairs, o); len(*part.to) == 0 {
			return Parallel{}, read.Damage(fmt.Sprintf("%s: no sentence, or none short enough", files[0]))
		}
	}
	return p.numbered(o), nil
}

// newParallel leaves out what is too long, parts the rest, and makes the vocabularies.
func newParallel(path, name string, pairs []Pair, o Options) (Parallel, error) {
	if err := o.check(path); err != nil {
		return Parallel{}, err
	}
	p := Parallel{Name: name}
	kept := p.fitting(pairs, o)
	train, test, err := partSentences(path, sides(kept, Pair.source), nil, o)
	if err != nil {
		return Parallel{}, err
	}
	p.Train, p.Test = at(kept, train), at(kept, test)
	return p.numbered(o), nil
}

// fitting are the pairs that are short enough, in the order that is wanted.
func (p *Parallel) fitting(pairs []Pair, o Options) []Pair {
	kept := pairs[:0]
	for _, pair := range pairs {
		if o.Swap {
			pair = Pair{pair.Target, pair.Source}
		}
		if o.tooLong(pair.Source, o.Words) || o.tooLong(pair.Target, o.Target) {
			p.LeftOut++
			continue
		}
		kept = append(kept, pair)
	}
	return kept
}

// numbered is p with the vocabularies of the training part.
func (p Parallel) numbered(o Options) Parallel {
	p.Source = data.NewWords(sides(p.Train, Pair.source), o.Words)
	p.Target = data.NewWords(sides(p.Train, Pair.target), o.Target)
	return p
}

// swapped is p with the other language as the source.
func (p Parallel) swapped() Parallel {
	p.Source, p.Target = p.Target, p.Source
	for _, part := range []*[]Pair{&p.Train, &p.Test, &p.Valid} {
		*part = slices.Clone(*part)
		for i, pair := range *part {
			(*part)[i] = Pair{pair.Target, pair.Source}
		}
	}
	return p
}

func (s Pair) source() string { return s.Source }
func (s Pair) target() string { return s.Target }

// Sequences returns the numbers of both parts' words: X of the sources, Y of the targets.
func (p Parallel) Sequences() (train, test data.Sequences) {
	return p.encode(p.Train), p.encode(p.Test)
}

func (p Parallel) encode(pairs []Pair) (s data.Sequences) {
	s.X, s.Y = make([][]int64, len(pairs)), make([][]int64, len(pairs))
	for i, pair := range pairs {
		s.X[i], _ = p.Source.Encode(pair.Source) // which never fails
		s.Y[i], _ = p.Target.Encode(pair.Target)
	}
	return s
}

// ReadLabelled reads the sentences of classes, one sentence a line and one file a class. The path is a folder, of
// which each file is a class, hidden ones left out, or what the paths of the files have before their ending:
// "rt-polarity" of rt-polarity.neg and rt-polarity.pos. A folder that has the two files NAME.neg and NAME.pos of one
// name is that pair, whatever else it has. Classes are called like their files without the ending, or like the ending
// if the rest is alike, and are numbered in the order of their names. A path that ends in .csv or .tsv is a table, of
// which the options say the columns, read as table.Read reads one.
//
// The parts are drawn by the seed, so that each has about the same share of every class. A sentence that stands in the
// test part too is put there. What is wrong is [data.ErrDamaged], as [ReadPairs] has it; an empty line, fewer than two
// files and more than 1000 are wrong too.
func ReadLabelled(path string, o Options) (Labelled, error) {
	if isTable(path) {
		return readLabelledTable(path, o)
	}
	paths, err := classFiles(path)
	if err != nil {
		return Labelled{}, err
	}
	l := Labelled{Name: filepath.Base(path), Classes: classNames(paths)}
	var all []LabelledSentence
	for k, file := range paths {
		list, err := readSentences(file, o.Encoding)
		if err != nil {
			return Labelled{}, err
		}
		if len(list) == 0 {
			return Labelled{}, read.Damaged(file, 0, "no sentence")
		}
		for _, text := range list {
			all = append(all, LabelledSentence{text, int64(k)})
		}
	}
	return l.part(path, all, o)
}

// part leaves out what is too long, parts the rest, and makes the vocabulary.
func (l Labelled) part(path string, all []LabelledSentence, o Options) (Labelled, error) {
	if err := o.check(path); err != nil {
		return Labelled{}, err
	}
	var keys []string
	var labels []int64
	kept := all[:0]
	for _, s := range all {
		if o.tooLong(s.Text, o.Words) {
			l.LeftOut++
			continue
		}
		kept, keys, labels = append(kept, s), append(keys, s.Text), append(labels, s.Label)
	}
	train, test, err := partSentences(path, keys, labels, o)
	if err != nil {
		return Labelled{}, err
	}
	l.Train, l.Test = at(kept, train), at(kept, test)
	for k, class := range l.Classes {
		if !slices.ContainsFunc(l.Train, func(s LabelledSentence) bool { return s.Label == int64(k) }) {
			return Labelled{}, read.Damage(fmt.Sprintf("%s: class %s has no sentence in the training part", path,
				class))
		}
	}
	l.Words = data.NewWords(sides(l.Train, func(s LabelledSentence) string { return s.Text }), o.Words)
	return l, nil
}

// Sequences returns the numbers of both parts' words, with the labels.
func (l Labelled) Sequences() (train, test data.Sequences) {
	return l.encode(l.Train), l.encode(l.Test)
}

func (l Labelled) encode(list []LabelledSentence) (s data.Sequences) {
	s.X, s.Labels = make([][]int64, len(list)), make([]int64, len(list))
	for i, sentence := range list {
		s.X[i], _ = l.Words.Encode(sentence.Text) // which never fails
		s.Labels[i] = sentence.Label
	}
	return s
}

// check refuses splittings that there are not, before they split.
func (o Options) check(path string) error {
	for _, split := range []data.Splitting{o.Words.Split, o.Target.Split} {
		if split < 0 || split > data.ByCharacter {
			return fmt.Errorf("%s: there is no %v; known are BySpace, ByWord and ByCharacter", path, split)
		}
	}
	return nil
}

func (o Options) tooLong(sentence string, words data.WordOptions) bool {
	return o.Longest > 0 && len(words.Split.Split(sentence)) > o.Longest
}

// partSentences draws the parts. Examples of one key are all in the same one.
func partSentences(path string, keys []string, labels []int64, o Options) (train, test []int, err error) {
	share, err := read.HeldOut(path, o.HeldOut)
	if err != nil {
		return nil, nil, err
	}
	if len(keys) < 2 {
		return nil, nil, read.Damage(fmt.Sprintf("%s: too few sentences (got %d, want at least 2)", path, len(keys)))
	}
	drawn, test := read.HoldOut(len(keys), labels, share, o.Seed)
	tested := map[string]bool{}
	for _, i := range test {
		tested[keys[i]] = true
	}
	for _, i := range drawn {
		if tested[keys[i]] {
			test = append(test, i)
		} else {
			train = append(train, i)
		}
	}
	if len(train) == 0 {
		return nil, nil, read.Damage(fmt.Sprintf("%s: no sentence is left to learn from: those of all %d lines are "+
			"in the test part", path, len(keys)))
	}
	slices.Sort(test)
	return train, test, nil
}

// at returns the elements at the given places.
func at[T any](list []T, places []int) []T {
	picked := make([]T, len(places))
	for i, k := range places {
		picked[i] = list[k]
	}
	return picked
}

func sides[T any](list []T, side func(T) string) []string {
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = side(s)
	}
	return texts
}

// readSentences reads a file of a sentence a line.
func readSentences(path string, e Encoding) ([]string, error) {
	list, err := readLines(path, e)
	for i, line := range list {
		if list[i] = strings.TrimSpace(line); list[i] == "" {
			return nil, badLine(path, i, "no sentence")
		}
	}
	return list, err
}

// readLines reads the lines of a text, which end in \n or \r\n. One empty line behind the last is left out.
func readLines(path string, e Encoding) ([]string, error) {
	b, err := read.Bytes(path, e.most())
	if err != nil {
		return nil, err
	}
	list, err := linesOf(path, b, e)
	if n := len(list); n > 1 && strings.TrimSpace(list[n-1]) == "" {
		list = list[:n-1]
	}
	return list, err
}

// linesOf returns the lines of the text of a file.
func linesOf(path string, b []byte, e Encoding) (list []string, err error) {
	text, err := e.decode(path, b)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\r\n"); len(line) > read.MaxSentence {
			return nil, badLine(path, len(list), "too long (got %d bytes, want at most %d)", len(line),
				read.MaxSentence)
		}
		list = append(list, line)
	}
	return list, nil
}

// readEncoded reads a text of an encoding.
func readEncoded(path string, e Encoding) (string, error) {
	b, err := read.Bytes(path, e.most())
	if err != nil {
		return "", err
	}
	return e.decode(path, b)
}

// most is how many bytes of a file are read; as a text those of Latin-1 may be twice as many.
func (e Encoding) most() int64 {
	if e == Latin1 {
		return read.MaxText / 2
	}
	return read.MaxText
}

// decode returns the text of the bytes of a file.
func (e Encoding) decode(path string, b []byte) (string, error) {
	switch e {
	case UTF8:
		return read.CheckText(path, string(b))
	case Latin1:
		return fromLatin1(path, b)
	}
	return "", fmt.Errorf("%s: there is no encoding %d; known are UTF8 and Latin1", path, int(e))
}

func fromLatin1(path string, b []byte) (string, error) {
	var text strings.Builder
	for i, c := range b {
		r := charmap.Windows1252.DecodeByte(c)
		switch r {
		case 0:
			return "", read.Damaged(path, int64(i), "a zero byte, which no text has")
		case utf8.RuneError:
			return "", read.Damaged(path, int64(i), "not Latin-1 (byte %#02x)", c)
		}
		text.WriteRune(r)
	}
	return text.String(), nil
}

// classFiles returns the files of the classes, by name.
func classFiles(path string) ([]string, error) {
	paths := siblings(path)
	if info, err := os.Stat(path); err == nil {
		if !info.IsDir() {
			return nil, read.Damage(fmt.Sprintf("%s: one file, which is one class; want a folder of files, what the "+
				"paths of the files have before their ending, or a table (.csv or .tsv)", path))
		}
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, err
		}
		if paths = pairOf(path, entries); paths != nil {
			return paths, nil
		}
		for _, e := range entries {
			if !strings.HasPrefix(e.Name(), ".") {
				paths = append(paths, filepath.Join(path, e.Name()))
			}
		}
	}
	switch {
	case len(paths) == 0 && read.IsFolder(path):
		return nil, read.Damage(fmt.Sprintf("%s: an empty folder, want one with a file for each of at least 2 classes",
			path))
	case len(paths) == 0:
		return nil, fmt.Errorf("%s: neither a folder nor the begin of the paths of files: %w", path, fs.ErrNotExist)
	case len(paths) == 1 || len(paths) > grid.MaxClasses:
		return nil, read.Damage(fmt.Sprintf("%s: not a file for each of at least 2 and at most %d classes (got %d)",
			path, grid.MaxClasses, len(paths)))
	}
	return paths, nil
}

// pairOf returns the files NAME.neg and NAME.pos of a folder that has such of one name, nil of any other.
func pairOf(dir string, entries []os.DirEntry) []string {
	var negative, positive []string
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if stem, ok := strings.CutSuffix(name, ".neg"); ok {
			negative = append(negative, stem)
		} else if stem, ok := strings.CutSuffix(name, ".pos"); ok {
			positive = append(positive, stem)
		}
	}
	if len(negative) != 1 || !slices.Equal(negative, positive) {
		return nil
	}
	return []string{negative[0] + ".neg", positive[0] + ".pos"}
}

// siblings returns the files that are called like a path with an ending, by name.
func siblings(path string) (paths []string) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if ending, ok := strings.CutPrefix(e.Name(), filepath.Base(path)+"."); ok && ending != "" && !e.IsDir() {
			paths = append(paths, filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
	return paths
}

// classNames returns what tells the files apart.
func classNames(paths []string) []string {
	for _, name := range []func(string) string{read.BaseName, ending, filepath.Base} {
		names := make([]string, len(paths))
		for i, path := range paths {
			names[i] = name(path)
		}
		if different := slices.Compact(slices.Sorted(slices.Values(names))); len(different) == len(names) {
			return names
		}
	}
	return nil // no folder has a name twice
}

func ending(path string) string { return strings.TrimPrefix(filepath.Ext(path), ".") }

// badLine is the error "file: line 3: what is wrong" about line i from 0.
func badLine(file string, i int, format string, args ...any) error {
	return read.Damage(fmt.Sprintf("%s: line %d: ", file, i+1) + fmt.Sprintf(format, args...))
}

// excerpt is the begin of a line, for errors.
func excerpt(line string) string {
	const most = 60
	if r := []rune(line); len(r) > most {
		return string(r[:most]) + "…"
	}
	return line
}

// OpenPairs returns the pairs of a name that [data.Sources] lists, or those of a file, as [ReadPairs] reads it, of a
// folder, as [ReadParallelParts] does, or of two files, as [ReadParallel] does: "train" is train.de and train.en, the
// first by name the source. The options are of files alone. log is as that of [data.OpenImages].
func OpenPairs(ctx context.Context, source string, o Options, log func(format string, args ...any)) (Parallel,
	error) {
	isName, err := lookUpFiles(ctx, source, "pairs")
	if err != nil {
		return Parallel{}, err
	}
	if isName {
		p := map[string]func(uint64) Parallel{"sums": Sums, "reverse": Reverse, "sort": Sort,
			"phrases": Phrases}[source](0)
		if o.Swap {
			p = p.swapped()
		}
		return p, nil
	}
	_, missing := os.Stat(source)
	switch paths := siblings(source); {
	case read.IsFolder(source):
		return ReadParallelParts(source, o)
	case missing == nil:
		return ReadPairs(source, o)
	case len(paths) == 2:
		return ReadParallel(paths[0], paths[1], o)
	default:
		return Parallel{}, read.Damage(fmt.Sprintf("%s: not two files of pairs but %d are called so with an ending",
			source, len(paths)))
	}
}

// OpenLabelled returns the sentences of a name that [data.Sources] lists, which has words of its own, or of a path, as
// [ReadLabelled] reads it by the options. log is as that of [data.OpenImages].
func OpenLabelled(ctx context.Context, source string, o Options, log func(format string,
	args ...any)) (Labelled, error) {
	isName, err := lookUpFiles(ctx, source, "labelled")
	switch {
	case err != nil:
		return Labelled{}, err
	case isName:
		return map[string]func(uint64) Labelled{"reviews": Reviews, "languages": Languages}[source](0), nil
	}
	return ReadLabelled(source, o)
}

// lookUpFiles is [read.LookUp] of a source that may also be the begin of the paths of files.
func lookUpFiles(ctx context.Context, source, kind string) (isName bool, err error) {
	isName, err = read.LookUp(ctx, source, kind, "file or folder")
	if _, unknown := err.(*read.UnknownError); unknown && len(siblings(source)) > 0 {
		return false, nil
	}
	return isName, err
}

// This file holds lesson, which writes and serves the lessons on backpropagation.

package drawing

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/internal/files"
	"github.com/stheno-ml/stheno/internal/lessons"
	"github.com/stheno-ml/stheno/internal/local"
	"github.com/stheno-ml/stheno/internal/near"
	"github.com/stheno-ml/stheno/viz/html"
	"github.com/stheno-ml/stheno/viz/trace"
)

// lessonFlags are the flags of lesson.
type lessonFlags struct {
	out, lang, addr string
	open            bool
}

// usualLesson is about what the page of a lesson takes, in bytes.
const usualLesson = 1 << 20

// LessonCommand is the verb lesson.
func (a Verbs) LessonCommand() *cobra.Command {
	var f lessonFlags
	c := &cobra.Command{Use: "lesson list | NAME | all | serve", Short: "Write or show the lessons on backpropagation",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return lessonWords(), cobra.ShellCompDirectiveNoFileComp
		},
		Long: `Twelve lessons on backpropagation: small graphs of this project's own ops that are stepped through ` +
			`forward and
backward, in English and Chinese, with sliders, a question to answer first, and a tour. A page is one file that opens
without a network.

  list    the names of the lessons, and what each shows
  NAME    one lesson, as the page -o FILE.html
  all     all of them, and an index, in the folder -o DIR
  serve   all of them at an address of this machine, for this machine alone`,
		Example: "  zoo lesson list\n  zoo lesson neuron -o neuron.html --open\n" +
			"  zoo lesson all -o lessons --lang zh\n  zoo lesson serve --addr 127.0.0.1:8080",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usagef("lesson takes one word, got %d arguments; known are %s", len(args),
					cli.Joined(lessonWords()))
			}
			l, known := lessons.Find(args[0])
			if err := f.check(c, args[0], known); err != nil {
				return err
			}
			switch args[0] {
			case "list":
				return a.Verb(c, a.listLessons)
			case "all":
				return a.Verb(c, func() error { return a.allLessons(f) })
			case "serve":
				return a.Verb(c, func() error { return a.serveLessons(f) })
			}
			return a.Verb(c, func() error { return a.lesson(l, f) })
		}}
	cli.OutputFlag(c, &f.out, "file of a lesson, .html or .json, or folder of all")
	c.Flags().StringVar(&f.lang, "lang", "en", "language that a page begins in: en, zh")
	cli.Complete(c, "lang", languages)
	c.Flags().StringVar(&f.addr, "addr", "127.0.0.1:0", "of serve: loopback address and port, 0 for a free one")
	c.Flags().BoolVar(&f.open, "open", false, "show it in the browser")
	a.JSONFlag(c)
	return c
}

// lessonWords are what may follow zoo lesson.
func lessonWords() []string {
	words := []string{"list", "all", "serve"}
	for _, l := range lessons.All() {
		words = append(words, l.Name)
	}
	return words
}

// check reports values that make no sense, and a file that cannot be written.
func (f *lessonFlags) check(c *cobra.Command, word string, lesson bool) error {
	given := func(name string) bool { return c.Flags().Changed(name) }
	wants := lesson || word == "all"
	switch {
	case !lesson && word != "list" && word != "all" && word != "serve":
		return cli.Usagef("unknown lesson %q; known are %s", word, cli.Joined(near.Sort(word, lessonWords())))
	case f.lang != "en" && f.lang != "zh":
		return cli.Usagef("unknown language %q; known are %s", f.lang, cli.Joined(languages))
	case lesson && !given("output"):
		return cli.Usagef("lesson %s writes a page: name it with -o FILE.html", word)
	case word == "all" && !given("output"):
		return cli.Usagef("lesson all writes pages into a folder: name it with -o DIR")
	case !wants && given("output"):
		return cli.Usagef("-o is for a lesson and for all: lesson %s writes no file", word)
	case word != "serve" && given("addr"):
		return cli.Usagef("--addr is for lesson serve")
	case word == "list" && given("open"):
		return cli.Usagef("--open is for what makes a page: lesson list does not")
	case f.out == "" && wants:
		return cli.Usagef("-o is empty, want the name of a file or folder")
	}
	if !lesson {
		return nil
	}
	switch ext := strings.ToLower(filepath.Ext(f.out)); {
	case ext != ".html" && ext != ".json":
		return cli.Usagef("-o %s: unknown kind of file %q; known are .html and .json", f.out, ext)
	case f.open && ext == ".json":
		return cli.Usagef("--open shows a page, and -o %s is none: name it .html", f.out)
	}
	return cli.CheckOutput(c, f.out, usualLesson)
}

// LessonListed is the JSON of a lesson in the list.
type LessonListed struct {
	Name     string     `json:"name"`
	Number   int        `json:"number"`
	Title    trace.Text `json:"title"`
	Sentence trace.Text `json:"sentence"`
	Sections []string   `json:"sections"`
	Refutes  []string   `json:"refutes"`
}

func (a Verbs) listLessons() error {
	var all []LessonListed
	for _, l := range lessons.All() {
		all = append(all, LessonListed{l.Name, l.Number, l.Title, l.Sentence, l.Sections, l.Refutes})
	}
	if a.JSON {
		return a.WriteJSON(all)
	}
	w := tabwriter.NewWriter(a.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NUMBER\tNAME\tTITLE\t")
	for _, l := range all {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", l.Number, l.Name, l.Title.En, l.Title.Zh)
	}
	return w.Flush()
}

// LessonsWritten is the JSON of written lessons.
type LessonsWritten struct {
	Lessons []string `json:"lessons"`
	Output  string   `json:"output"`
}

// lesson writes the page of one lesson, or its data.
func (a Verbs) lesson(l lessons.Lesson, f lessonFlags) error {
	t, err := l.Build()
	if err != nil {
		return err
	}
	if err := a.Write(func() error { return writeTrace(f.out, t, f.lang) }); err != nil {
		return err
	}
	return a.wroteLessons(LessonsWritten{[]string{l.Name}, f.out}, f, f.out)
}

// wroteLessons says what was written, and shows a page of it if that is asked for.
func (a Verbs) wroteLessons(w LessonsWritten, f lessonFlags, page string) error {
	if a.JSON {
		if err := a.WriteJSON(w); err != nil {
			return err
		}
	} else if page != w.Output {
		a.Logf("wrote %s: begin with %s", w.Output, page)
	} else {
		a.Logf("wrote %s", w.Output)
	}
	if f.open {
		return cli.ReadBy("--open: ", local.Browse(page))
	}
	return nil
}

// allLessons writes all lessons and the index into a folder, which is made if there is none.
func (a Verbs) allLessons(f lessonFlags) error {
	if err := os.MkdirAll(f.out, 0o755); err != nil {
		return cli.OutputError(fmt.Errorf("-o %s: %w", f.out, err))
	}
	var traces []*trace.Trace
	w := LessonsWritten{Output: f.out}
	for _, l := range lessons.All() {
		t, err := l.Build()
		if err != nil {
			return err
		}
		if err := a.Write(func() error { return writeTrace(filepath.Join(f.out, l.File()), t, f.lang) }); err != nil {
			return err
		}
		traces, w.Lessons = append(traces, t), append(w.Lessons, l.Name)
		if err := a.Ctx.Err(); err != nil {
			return err
		}
	}
	index := filepath.Join(f.out, "index.html")
	err := a.Write(func() error {
		return files.Replace(index, func(w io.Writer) error { return lessons.WriteIndex(w, f.lang, traces) })
	})
	if err != nil {
		return err
	}
	return a.wroteLessons(w, f, index)
}

// lessonPages are the pages by their paths: the index is "/".
func lessonPages(lang string) (map[string][]byte, error) {
	pages := map[string][]byte{}
	var traces []*trace.Trace
	for _, l := range lessons.All() {
		t, err := l.Build()
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		if err := html.Write(&b, t, html.Options{Lang: lang}); err != nil {
			return nil, err
		}
		pages["/"+l.File()] = b.Bytes()
		traces = append(traces, t)
	}
	var b bytes.Buffer
	if err := lessons.WriteIndex(&b, lang, traces); err != nil {
		return nil, err
	}
	pages["/"] = b.Bytes()
	return pages, nil
}

// serveLessons shows all lessons at an address of this machine until it is interrupted.
func (a Verbs) serveLessons(f lessonFlags) error {
	listener, err := local.Listen(f.addr)
	switch {
	case errors.As(err, new(local.AddressError)):
		return cli.Usagef("--addr %w", err)
	case err != nil:
		return fmt.Errorf("--addr %w", err)
	}
	defer listener.Close()
	pages, err := lessonPages(f.lang)
	if err != nil {
		return err
	}
	at := "http://" + listener.Addr().String() + "/"
	fmt.Fprintln(a.Stdout, at)
	a.Logf("showing the lessons at %s to this machine alone; interrupt to end", at)
	if f.open {
		if err := local.Browse(at); err != nil {
			a.Logf("--open: %v", err)
		}
	}
	return local.Serve(a.Ctx, listener, pages)
}

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/drawing"
	"github.com/stheno-ml/stheno/internal/lessons"
	"github.com/stheno-ml/stheno/viz/trace"
)

func TestLessonMistakes(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args string
		code int
		want string
	}{
		{"an unknown lesson, nearest first", "lesson neurn", 2, `zoo: unknown lesson "neurn"; known are neuron, `},
		{"no lesson", "lesson", 2, "zoo: lesson takes one word, got 0 arguments"},
		{"no file", "lesson neuron", 2, "zoo: lesson neuron writes a page: name it with -o FILE.html"},
		{"an empty file", "lesson neuron --output=", 2, "zoo: -o is empty"},
		{"no folder", "lesson all", 2, "zoo: lesson all writes pages into a folder: name it with -o DIR"},
		{"a file that is no page", "lesson neuron -o " + dir + "/a.pdf", 2,
			`unknown kind of file ".pdf"; known are .html and .json`},
		{"a folder that is not there", "lesson neuron -o " + dir + "/none/a.html", 1,
			"zoo: -o " + dir + "/none/a.html: "},
		{"data in a browser", "lesson neuron --open -o " + dir + "/a.json", 2, "zoo: --open shows a page"},
		{"a folder that is a file", "lesson all -o " + file, 1, "zoo: -o " + file + ": "},
		{"an unknown language", "lesson neuron --lang fr -o " + dir + "/a.html", 2,
			`zoo: unknown language "fr"; known are en, zh`},
		{"a list into a file", "lesson list -o " + dir + "/a.html", 2, "zoo: -o is for a lesson and for all"},
		{"an address without serve", "lesson list --addr 127.0.0.1:0", 2, "zoo: --addr is for lesson serve"},
		{"an address for everybody", "lesson serve --addr 0.0.0.0:0", 2,
			"others could reach it; want a loopback address"},
		{"a port that is none", "lesson serve --addr 127.0.0.1:99999", 2,
			`zoo: --addr 127.0.0.1:99999: the port is "99999", want 0 to 65535; want an address such as 127.0.0.1:80`},
		{"an address that is none", "lesson serve --addr here", 2,
			"zoo: --addr here: missing port in address; want an address such as 127.0.0.1:8080"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, _, stderr := zooRun(strings.Fields(c.args)...)
			if code != c.code || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("zoo %s: code %d, %q; want %d, %q", c.args, code, stderr, c.code, c.want)
			}
		})
	}
}

func TestLessons(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lessons")
	code, stdout, stderr := zooRun("lesson", "all", "-o", dir, "--lang", "zh", "--json")
	var written drawing.LessonsWritten
	if err := json.Unmarshal([]byte(stdout), &written); code != 0 || err != nil || len(written.Lessons) != 12 {
		t.Fatalf("code %d, %s, %v: %s", code, stderr, err, stdout)
	}
	for _, l := range lessons.All() {
		page, err := os.ReadFile(filepath.Join(dir, l.File()))
		if err != nil || len(page) > 1_000_000 || !strings.Contains(string(page), `<html lang="zh">`) {
			t.Errorf("%s: %v, %d bytes", l.Name, err, len(page))
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "index.html")); err != nil {
		t.Error(err)
	}
}

func TestLesson(t *testing.T) {
	data := filepath.Join(t.TempDir(), "forks.json")
	if code, _, stderr := zooRun("lesson", "forks", "-o", data); code != 0 {
		t.Fatal(stderr)
	}
	f, err := os.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if tr, err := trace.Read(f); err != nil || tr.Title.En != "Forks: gradients add" {
		t.Errorf("%v: %v", err, tr)
	}
	code, stdout, _ := zooRun("lesson", "list", "--json")
	var list []drawing.LessonListed
	if err := json.Unmarshal([]byte(stdout),
		&list); code != 0 || err != nil || len(list) != 12 || list[5].Name != "convolution" {
		t.Errorf("code %d, %v: %s", code, err, stdout)
	}
}

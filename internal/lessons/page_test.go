package lessons

import (
	"bytes"
	"os"
	"testing"

	"github.com/stheno-ml/stheno/viz/html"
)

func TestPages(t *testing.T) {
	for _, l := range All() {
		tr, err := l.Build()
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := html.Write(&b, tr, html.Options{Lang: "en"}); err != nil {
			t.Error(l.Name, err)
			continue
		}
		t.Log(l.Name, b.Len())
		if dir := os.Getenv("LESSON_DUMP"); dir != "" {
			os.WriteFile(dir+"/"+l.Name+".html", b.Bytes(), 0o644)
		}
	}
}

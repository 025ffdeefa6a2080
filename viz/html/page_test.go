package html_test

import (
	"os"
	"testing"

	"github.com/stheno-ml/stheno/viz/html"
	"github.com/stheno-ml/stheno/viz/trace"
)

func TestPages(t *testing.T) {
	for name, tr := range map[string]*trace.Trace{"lenet": lenet(t), "forks": forks(t)} {
		f, err := os.Create("/tmp/page-try/" + name + ".html")
		if err != nil {
			t.Fatal(err)
		}
		if err := html.Write(f, tr, html.Options{}); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
}

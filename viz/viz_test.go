package viz

import (
	"bytes"
	"fmt"
	"os"
	"testing"
)

func TestDump(t *testing.T) {
	dir := os.Getenv("VIZ_OUT")
	if dir == "" {
		t.Skip()
	}
	for name, b := range map[string]builder{"lenet5": lenet5(), "mlp": perceptron(), "cnn": smallCNN(), "resnet": resnet(2, 2), "resnet18": resnet(4, 2), "resnet34": resnet(3, 6)} {
		for _, back := range []bool{false, true} {
			var buf bytes.Buffer
			if err := WriteDOT(&buf, b.g, Options{Backward: back, Title: name}); err != nil {
				t.Fatal(err)
			}
			n := name
			if back {
				n += "-back"
			}
			os.WriteFile(dir+"/"+n+".dot", buf.Bytes(), 0o644)
			buf.Reset()
			if err := WriteSVG(&buf, b.g, Options{Backward: back, Title: name}); err != nil {
				t.Fatal(err)
			}
			os.WriteFile(dir+"/"+n+".svg", buf.Bytes(), 0o644)
			for _, depth := range []int{1, 2, 3, -1} {
				buf.Reset()
				if err := WriteSVG(&buf, b.g, Options{Backward: back, Title: name, Depth: depth}); err != nil {
					t.Fatal(err)
				}
				os.WriteFile(fmt.Sprintf("%s/%s.%d.svg", dir, n, depth), buf.Bytes(), 0o644)
			}
		}
	}
}

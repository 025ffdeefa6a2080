package main

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/drawing"
)

// TestPlanes: kernels and feature maps are drawn as PNG, the same each time, and told as JSON.
func TestPlanes(t *testing.T) {
	dir := t.TempDir()
	spot := image.NewGray(image.Rect(0, 0, 28, 28))
	spot.SetGray(14, 14, color.Gray{255})
	var b bytes.Buffer
	digit, out := filepath.Join(dir, "digit.png"), filepath.Join(dir, "out.png")
	if err := png.Encode(&b, spot); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(digit, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, layer string
		args        []string
		tiles       int
	}{
		{"kernels of the first convolution", "conv1", []string{"--filters"}, 6},
		{"kernels of another", "conv2", []string{"--filters", "--layer", "conv2"}, 96},
		{"feature maps of the first convolution", "conv1", []string{"--features", digit}, 6},
		{"feature maps of another", "conv2", []string{"--features", digit, "--layer", "conv2"}, 16},
	} {
		t.Run(c.name, func(t *testing.T) {
			draw := func() (drawing.DrawnPlanes, []byte) {
				code, stdout, stderr := zooRun(append([]string{"draw", "lenet5", "-o", out, "--json"}, c.args...)...)
				picture, err := os.ReadFile(out)
				var got drawing.DrawnPlanes
				if code != 0 || err != nil || json.Unmarshal([]byte(stdout), &got) != nil ||
					!strings.Contains(stderr, "no --weights: these are initial values") {
					t.Fatalf("exit %d: %s%s %v", code, stdout, stderr, err)
				}
				return got, picture
			}
			got, picture := draw()
			if got.Tiles != c.tiles || got.Layer != c.layer || got.Model != "lenet5" || got.Output != out {
				t.Errorf("got %+v", got)
			}
			if _, err := png.Decode(bytes.NewReader(picture)); err != nil {
				t.Error(err)
			}
			if _, again := draw(); !bytes.Equal(again, picture) {
				t.Error("the picture differs")
			}
		})
	}
	mlp := mlpFile(t, dir, "mlp.safetensors", nil)
	code := filepath.Join("..", "..", "torchfile", "testdata", "code.pt")
	for _, c := range []answer{
		{"kernels of a model that has none", []string{"draw", "mlp", "--filters", "-o", out}, 2,
			"mlp has no convolution over pictures; those that have are lenet5, "},
		{"feature maps of a text", []string{"draw", "gpt", "--features", digit, "-o", out}, 2,
			"gpt has no convolution over pictures"},
		{"kernels without a file", []string{"draw", "lenet5", "--filters"}, 2,
			"-o FILE.png is needed: --filters draws a picture"},
		{"kernels as SVG", []string{"draw", "lenet5", "--filters", "-o", dir + "/a.svg"}, 2,
			`unknown kind of picture ".svg"; known is .png`},
		{"kernels and feature maps", []string{"draw", "lenet5", "--filters", "--features", digit, "-o", out}, 2,
			"--filters and --features exclude each other"},
		{"kernels and gradients", []string{"draw", "lenet5", "--filters", "--backward", "-o", out}, 2,
			"--backward and --filters exclude each other"},
		{"feature maps of nothing", []string{"draw", "lenet5", "--features", "", "-o", out}, 2, "--features is empty"},
		{"a layer that there is not", []string{"draw", "lenet5", "--filters", "--layer", "conv3", "-o", out}, 2,
			`--layer: the model has no convolution "conv3"; it has conv1, conv2`},
		{"a layer without planes", []string{"draw", "lenet5", "--features", digit, "--layer", "fc1", "-o", out}, 2,
			`--layer: the model has no layer of feature maps "fc1"; it has conv`},
		{"a layer of a drawing of the graph", []string{"draw", "lenet5", "--layer", "conv1"}, 2,
			"--layer is for --attention, --filters and --features"},
		{"a picture that is not there", []string{"draw", "lenet5", "--features", dir + "/none.png", "-o", out}, 66,
			"none.png"},
		{"a picture that is none", []string{"draw", "lenet5", "--features", mlp, "-o", out}, 65,
			"not a PNG or JPEG picture"},
		{"weights of another model", []string{"draw", "lenet5", "--filters", "--weights", mlp, "-o", out}, 65,
			"missing: conv1.weight"},
		{"weights with code in them", []string{"draw", "lenet5", "--filters", "--weights", code, "-o", out}, 65,
			`asks for "posix.system"`},
		{"a picture that would be replaced", []string{"draw", "lenet5", "--features", digit, "-o", digit}, 2,
			"would replace an input"},
	} {
		t.Run(c.name, c.check)
	}
}

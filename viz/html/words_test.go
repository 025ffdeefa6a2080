package html_test

import (
	"strings"
	"testing"
)

// TestWords: in Chinese the boxes of ops have Chinese names, in both languages each says what its op does, and the
// help explains the words of the page.
func TestWords(t *testing.T) {
	b := openPage(t, lenet(t), "")
	const boxes = `Array.from(document.querySelectorAll('.box[data-instruction]'), (e) => %) .join('|')`
	titles := strings.Replace(boxes, "%", "e.querySelector('.title').innerText", 1)
	glosses := strings.Replace(boxes, "%", "e.title", 1)
	for _, c := range []struct {
		lang      string
		has, lack []string
	}{
		{"en", []string{"Conv2D 5×5", "MaxPool 2", "Reshape", "convolution: ", "max pooling: "}, []string{"卷积"}},
		{"zh", []string{"卷积 5×5", "最大池化 2", "改变形状", "卷积：", "最大池化："},
			[]string{"Conv2D", "MaxPool", "Reshape", "MatMul"}},
	} {
		b.visit("#lang=" + c.lang)
		seen := b.text(titles)
		said := seen + b.text(glosses)
		for _, w := range c.has {
			if !strings.Contains(said, w) {
				t.Errorf("%s: no box says %q: %s", c.lang, w, said)
			}
		}
		for _, w := range c.lack {
			if strings.Contains(seen, w) {
				t.Errorf("%s: a box says %q: %s", c.lang, w, seen)
			}
		}
		b.press("?")
		help := b.text(`document.querySelector('#help-dialog .words').innerText`)
		for _, w := range map[string][]string{"en": {"tensor", "loss", "MatMul", "matrix product: "},
			"zh": {"张量", "损失", "MatMul", "矩阵乘法："}}[c.lang] {
			if !strings.Contains(help, w) {
				t.Errorf("%s: the help does not explain %q: %s", c.lang, w, help)
			}
		}
	}
	b.quiet()
}

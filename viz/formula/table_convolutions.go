// This file holds the rules of convolutions.

package formula

import (
	"fmt"
	"strings"
)

var convolutionRows = []row{
	{
		names: "conv1d conv2d",
		name:  Text{"convolution", "卷积"},
		does: Text{
			"Moves a kernel over the input; each result is the sum of products of the kernel with what lies under " +
				"it.",
			"卷积核在输入上滑动，每个结果是卷积核与所覆盖区域逐元素相乘之和。",
		},
		back: Text{
			"The kernel is shared by all places, so its gradient is a sum over them; the input gets back what each " +
				"window that it is in hands on.",
			"卷积核被所有位置共用，所以它的梯度是各位置贡献之和；输入得到所有覆盖它的窗口回传的梯度之和。",
		},
		operands: "x w b?", element: Element{Kind: Convolution, Form: "forward", Fold: Sum},
		vary: func(r *row, a attributes) {
			r.element.Geometry = a.geometry()
			t := a.indices()
			r.forward = lines{t.of("y[n,k,I] = Σ_{c,U} x[n,C,S]·w[k,c,U]⟦ + b[k]⟧")}
			r.grads = lines{
				t.of("x[n,C,A] := Σ_{k,U,S=A} dy[n,k,I]·w[k,c,U]"),
				t.of("w[k,c,U] := Σ_{n,I} dy[n,k,I]·x[n,C,S]"),
				t.of("b[k] := Σ_{n,I} dy[n,k,I]"),
			}
			r.where = t.group()
		},
	},
	{
		names: "convtranspose1d convtranspose2d",
		name:  Text{"transposed convolution", "转置卷积"},
		does: Text{
			"Each element of the input adds a copy of the kernel, times itself, to the result. It is the backward " +
				"pass of a convolution.",
			"输入的每个元素把卷积核乘以自身后叠加到结果上。它正是卷积的反向传播。",
		},
		back: Text{
			"Its backward pass is a convolution: the input gets the products of the kernel with the incoming " +
				"gradient under it.",
			"它的反向传播就是卷积：输入得到卷积核与所覆盖的上游梯度逐元素相乘之和。",
		},
		operands: "x w b?", element: Element{Kind: Convolution, Form: "transposed", Fold: Sum},
		vary: func(r *row, a attributes) {
			r.element.Geometry = a.geometry()
			r.element.Size = a.ints("size")
			t := a.indices()
			r.forward = lines{t.of("y[n,C,A] = Σ_{k,U,S=A} x[n,k,I]·w[k,c,U]⟦ + b[C]⟧")}
			r.grads = lines{
				t.of("x[n,k,I] := Σ_{c,U} dy[n,C,S]·w[k,c,U]"),
				t.of("w[k,c,U] := Σ_{n,I} x[n,k,I]·dy[n,C,S]"),
				t.of("b[c] := Σ_{n,A} dy[n,c,A]"),
			}
			r.where = t.group()
		},
	},
	{
		names: "conv1d-weights conv2d-weights",
		name:  Text{"gradient of the kernel", "卷积核的梯度"},
		does: Text{
			"Sums over all places the products of the incoming gradient with what lay under that element of the " +
				"kernel.",
			"把各位置上的上游梯度与该卷积核元素所覆盖的输入相乘，再全部加起来。",
		},
		back:     twice,
		operands: "x dy", results: "dw", element: Element{Kind: Convolution, Form: "weights", Fold: Sum},
		vary: func(r *row, a attributes) {
			r.element.Geometry = a.geometry()
			r.element.Size = a.ints("kernel")
			t := a.indices()
			r.forward = lines{t.of("dw[k,c,U] = Σ_{n,I} dy[n,k,I]·x[n,C,S]")}
			r.grads = lines{
				t.of("x[n,C,A] := Σ_{k,U,S=A} dy[n,k,I]·ψ[k,c,U]"),
				t.of("dy[n,k,I] := Σ_{c,U} x[n,C,S]·ψ[k,c,U]"),
			}
			r.where = t.group()
		},
	},
	{
		names: "channel-sum",
		name:  Text{"sum by channel", "按通道求和"},
		does: Text{
			"Sums all elements of each channel, which is the gradient of a bias.",
			"把每个通道的所有元素相加，也就是偏置的梯度。",
		},
		back:     Text{"Each element gets the incoming gradient of its channel.", "每个元素得到所在通道的上游梯度。"},
		operands: "x", forward: lines{"y[c] = Σ_{n,i} x[n,c,i]"}, grads: lines{"x[n,c,i] := dy[c]"},
		element: Element{Kind: Reduction, Form: "channel", Fold: Sum},
	},
	{
		names: "channel-fill",
		name:  Text{"fill by channel", "按通道填充"},
		does: Text{
			"Repeats one number for each channel over all its places.",
			"把每个通道的一个数复制到该通道的所有位置。",
		},
		back: Text{
			"A number that was repeated gets the sum of the incoming gradient over its copies.",
			"被复制的数得到其所有副本的上游梯度之和。",
		},
		operands: "x", forward: lines{"y[n,c,i] = x[c]"}, grads: lines{"x[c] := Σ_{n,i} dy[n,c,i]"},
		element: Element{Kind: Rearrangement, Form: "channel"},
	},
}

// geometry is that of the windows of a convolution or a pooling.
func (a attributes) geometry() *Geometry {
	g := &Geometry{Axes: 2, Groups: a.int("groups", 1)}
	g.Size, g.Stride, g.Dilation = a.pair("size", 1), a.pair("stride", 1), a.pair("dilation", 1)
	switch pad := a.ints("pad"); {
	case len(pad) == 4:
		g.Pad = [4]int(pad)
	case a.oneAxis() && len(pad) == 2:
		g.Pad = [4]int{0, pad[0], 0, pad[1]}
	default:
		p := a.pair("pad", 0)
		g.Pad = [4]int{p[0], p[1], p[0], p[1]}
	}
	if a.oneAxis() {
		g.Axes = 1
		g.Size[0], g.Stride[0], g.Dilation[0], g.Pad[0], g.Pad[2] = 1, 1, 1, 0, 0
	}
	g.Groups = max(g.Groups, 1)
	for k := range 2 {
		g.Stride[k], g.Dilation[k] = max(g.Stride[k], 1), max(g.Dilation[k], 1)
	}
	return g
}

// oneAxis reports whether the windows go over one axis: conv1d.
func (a attributes) oneAxis() bool {
	return strings.Contains(a.op, "1d")
}

// indices are the indices of a convolution in plain text.
type indices struct {
	I, U, A, S, C string // of the window, of the tap, of the plane, what the tap reads, the channel
	S2            [2]string
	groups        int
}

// indices writes the coordinate that tap u of window i reads, i·stride - pad + u·dilation, without what is not there.
func (a attributes) indices() indices {
	g := a.geometry()
	t := indices{I: "i,j", U: "u,v", A: "a,b", C: "c", groups: g.Groups}
	t.S2 = [2]string{a.tap(g, 0, "i", "u"), a.tap(g, 1, "j", "v")}
	if g.Groups > 1 {
		t.C = "g+c"
	}
	if g.Axes == 1 {
		t.I, t.U, t.A, t.S2[1] = "i", "u", "a", a.tap(g, 1, "i", "u")
		t.S = t.S2[1]
		return t
	}
	t.S = t.S2[0] + "," + t.S2[1]
	return t
}

func (a attributes) tap(g *Geometry, axis int, i, u string) string {
	if a.letters {
		return i + "·s-p+" + u + "·d"
	}
	times := func(letter string, n int) string {
		if n == 1 {
			return letter
		}
		return fmt.Sprintf("%s·%d", letter, n)
	}
	s := times(i, g.Stride[axis])
	if p := g.Pad[axis]; p != 0 {
		s += fmt.Sprintf("-%d", p)
	}
	return s + "+" + times(u, g.Dilation[axis])
}

// of writes the indices for the capitals in a formula. S=A is a condition for each axis.
func (t indices) of(formula string) string {
	same := t.S2[0] + "=a," + t.S2[1] + "=b"
	if !strings.Contains(t.I, ",") {
		same = t.S2[1] + "=a"
	}
	formula = strings.ReplaceAll(formula, "S=A", same)
	return strings.NewReplacer("I", t.I, "U", t.U, "A", t.A, "S", t.S, "C", t.C).Replace(formula)
}

// group says where the channels of a group begin.
func (t indices) group() lines {
	if t.groups <= 1 {
		return nil
	}
	return lines{fmt.Sprintf("g = C/%d·⌊k·%d/K⌋", t.groups, t.groups)}
}

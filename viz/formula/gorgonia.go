// This file knows the ops of Gorgonia's own that stand in imported graphs, where an op of ours does the same.

package formula

import (
	"fmt"
	"strings"
)

// gorgonias are Gorgonia's functions and our ops that do the same.
var gorgonias = map[string]string{
	"Add": "add", "Sub": "sub", "HadamardProd": "mul", "HadamardDiv": "div", "Pow": "pow", "MinBetween": "minimum",
	"MaxBetween": "maximum", "Lt": "less", "Lte": "lessequal", "Gt": "greater", "Gte": "greaterequal", "Eq": "equal",
	"Ne": "notequal", "Abs": "abs", "Sign": "sign", "Ceil": "ceil", "Floor": "floor", "Sin": "sin", "Cos": "cos",
	"Exp": "exp", "Log": "log", "Neg": "neg", "Square": "square", "Sqrt": "sqrt", "Inverse": "reciprocal",
	"InverseSqrt": "rsqrt",
	"Cube":        "powscalar p=3", "Tanh": "tanh", "Sigmoid": "sigmoid", "Softplus": "softplus", "Reshape": "reshape",
	"SoftMax": "softmax", "LogSoftMax": "logsoftmax", "Sum": "sum", "Max": "max", "Mul": "matmul",
	"BatchedMatMul": "matmul",
	"Dropout":       "dropout", "BatchNorm": "batchnorm", "GroupNorm": "groupnorm", "MaxPool2D": "maxpool2d",
	"AveragePool2D": "avgpool2d",
}

// translated is the text of our op that does what an imported op does, "gorgonia.Sum [0]", and the text itself where
// there is none.
func translated(text string) string {
	name, rest, _ := strings.Cut(strings.TrimPrefix(text, "gorgonia."), " ")
	op, ok := gorgonias[name]
	if !ok || !strings.HasPrefix(text, "gorgonia.") || strings.HasSuffix(rest, " grad") {
		return text
	}
	switch name {
	case "Sum", "Max":
		return op + " axes=" + rest
	case "Mul", "BatchedMatMul":
		for _, letter := range []string{"A", "B"} {
			if strings.Contains(rest, letter+"ᵀ") {
				op += " " + strings.ToLower(letter) + "ᵀ"
			}
		}
		return op
	case "MaxPool2D", "AveragePool2D":
		var h, w, strideH, strideW int
		var pad [4]int
		_, err := fmt.Sscanf(rest, "%d×%d stride=%d,%d pad=%d,%d,%d,%d",
			&h, &w, &strideH, &strideW, &pad[0], &pad[2], &pad[1], &pad[3])
		if err != nil {
			return op
		}
		return fmt.Sprintf("%s size=[%d %d] stride=[%d %d] pad=%v", op, h, w, strideH, strideW, pad)
	}
	return strings.TrimSpace(op + " " + rest)
}

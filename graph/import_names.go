// This file holds the names of Gorgonia's ops and how they are drawn. Their Go types are not exported, so the tables
// go by the names of the types, as of Gorgonia v0.9.18.

package graph

import (
	"fmt"
	"strings"

	"gorgonia.org/gorgonia"
)

// foreignNames has, by type, the function that makes an op, the beginning of the op's own text to leave out, and its
// role. An op that is in no table has its own text as its name.
var foreignNames = map[string]struct {
	function string
	without  string
	role     Role
}{
	"reshapeOp":           {"Reshape", "Reshape", RoleView},
	"transposeOp":         {"Transpose", "Aᵀ", RoleView},
	"sliceOp":             {"Slice", "T", RoleView},
	"sliceIncrOp":         {"SliceGrad", "T", RoleView},
	"concatOp":            {"Concat", "Concat", RoleView},
	"repeatOp":            {"Repeat", "Repeat", RoleView},
	"sizeOp":              {"SizeOf", "SizeOf", RoleData},
	"atOp":                {"At", "At", RoleView},
	"diagFlatOp":          {"DiagFlat", "DiagFlat", RoleView},
	"byIndicesOp":         {"ByIndices", "ByIndicesOp", RoleView},
	"byIndicesOpDiffOp":   {"ByIndicesGrad", "ByIndicesOpDiff{}", RoleView},
	"sumOp":               {"Sum", "Σ", RolePool},
	"maxOp":               {"Max", "MaxAlong", RolePool},
	"sparsemaxOp":         {"Sparsemax", "Sparsemax{}()", RolePool},
	"sparsemaxDiffOp":     {"SparsemaxGrad", "SparsemaxDiff{}()", RolePool},
	"globalAveragePoolOp": {"GlobalAveragePool2D", "GlobalAveragePool", RolePool},
	"upsampleOp":          {"Upsample2D", "Upsample{}", RoleView},
	"upsampleDiffOp":      {"Upsample2DGrad", "UpsampleDiff{}", RoleView},
	"im2colOp":            {"Im2Col", "im2col", RoleLinear},
	"col2imOp":            {"Im2ColGrad", "col2im", RoleLinear},
	"tensordotOp":         {"Tensordot", "Tensordot", RoleLinear},
	"dtConvOp":            {"ConvType", "", RoleView},
	"minBetween":          {"MinBetween", "MinBetween", RoleElementwise},
	"maxBetween":          {"MaxBetween", "MaxBetween", RoleElementwise},
	"ctcLossOp":           {"CTCLoss", "CTCLoss{}()", RoleLoss},
	"ctcLossDiffOp":       {"CTCLossGrad", "ctcLossDiff{}()", RoleLoss},
	"yoloOp":              {"YOLOv3", "YOLO{}", RoleLoss},
}

// foreignSigns has, for types that serve several functions, the function by the op's own text.
var foreignSigns = map[string]map[string]string{
	"elemBinOp": {"+": "Add", "-": "Sub", "⊙": "HadamardProd", "÷": "HadamardDiv", "^": "Pow",
		"<": "Lt", ">": "Gt", "<=": "Lte", ">=": "Gte", "==": "Eq", "!=": "Ne"},
	"elemUnaryOp": {"abs": "Abs", "sign": "Sign", "ceil": "Ceil", "floor": "Floor", "sin": "Sin", "cos": "Cos",
		"exp": "Exp", "ln": "Log", "log2": "Log2", "neg": "Neg", "square": "Square", "sqrt": "Sqrt",
		"inv": "Inverse", "invSqrt": "InverseSqrt", "cube": "Cube", "tanh": "Tanh", "sigmoid": "Sigmoid",
		"log1p": "Log1p", "expm1": "Expm1", "softplus": "Softplus"},
	"linAlgBinOp": {"×": "Mul", "⋅": "Mul", "⊗": "OuterProd", "×××": "BatchedMatMul"},
}

// foreignFunction is the function of Gorgonia that makes the op, its attributes, and its role.
func foreignFunction(op gorgonia.Op) (function, attributes string, role Role) {
	kind := kindOf(op)
	defer func() {
		if r := recover(); r != nil { // the String of an op of a user panics
			function, attributes, role = kind, "", RoleElementwise
		}
	}()
	text := op.String()
	switch kind {
	case "elemBinOp":
		sign, _, _ := strings.Cut(text, " ")
		return named(kind, sign), "", RoleElementwise
	case "elemUnaryOp":
		if text == "tanh" || text == "sigmoid" || text == "softplus" {
			return named(kind, text), "", RoleActivation
		}
		return named(kind, text), "", RoleElementwise
	case "softmaxOp", "softmaxDiffOp":
		return softmaxName(kind, fieldOf(op, "isLog").Bool()), fmt.Sprintf("axis=%d", fieldOf(op, "axis").Int()),
			RolePool
	case "linAlgBinOp":
		return named(kind, strings.Trim(text, "aAbBᵀ ")), strings.ReplaceAll(text, "×××", "×"), RoleLinear
	}
	f, known := foreignNames[kind]
	if !known {
		return text, "", RoleElementwise
	}
	return f.function, strings.TrimSpace(strings.TrimPrefix(text, f.without)), f.role
}

// softmaxName is the function of softmaxOp and softmaxDiffOp, which serve two functions each.
func softmaxName(kind string, log bool) string {
	name := "SoftMax"
	if log {
		name = "LogSoftMax"
	}
	if kind == "softmaxDiffOp" {
		name += "Grad"
	}
	return name
}

// named is the function of a sign, or the sign itself if there is none.
func named(kind, sign string) string {
	if f, ok := foreignSigns[kind][sign]; ok {
		return f
	}
	return sign
}

// describeForeign is the name of an op with its attributes.
func describeForeign(op gorgonia.Op) string {
	function, attributes, _ := foreignFunction(op)
	if attributes != "" {
		function = fmt.Sprintf("%s %s", function, attributes)
	}
	return function
}

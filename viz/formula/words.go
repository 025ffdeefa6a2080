// This file holds the words of the graph in both languages: roles, phases and kinds of nodes, as a page names them.

package formula

import "github.com/stheno-ml/stheno/graph"

// RoleName names a role in a legend. One that is not known is named as it is.
func RoleName(role graph.Role) Text { return named(roles, string(role)) }

// PhaseName names a phase by what it prints: forward, backward, update.
func PhaseName(phase string) Text { return named(phases, phase) }

// KindName names a kind of node by what it prints: op, input, parameter, constant, state, step.
func KindName(kind string) Text { return named(kinds, kind) }

func named(words map[string]Text, word string) Text {
	if t, ok := words[word]; ok {
		return t
	}
	return Text{word, word}
}

var roles = map[string]Text{
	string(graph.RoleElementwise): {"arithmetic", "逐元素运算"},
	string(graph.RoleData):        {"data", "数据"},
	string(graph.RoleParam):       {"parameter", "参数"},
	string(graph.RoleLinear):      {"matrix product, convolution", "矩阵乘法与卷积"},
	string(graph.RoleActivation):  {"activation function", "激活函数"},
	string(graph.RoleNorm):        {"normalisation, dropout", "归一化与随机失活"},
	string(graph.RolePool):        {"pooling, reduction", "池化与归约"},
	string(graph.RoleLoss):        {"loss", "损失函数"},
	string(graph.RoleView):        {"change of shape", "形状变换"},
	string(graph.RoleRandom):      {"random numbers", "随机数"},
	string(graph.RoleUpdate):      {"update", "参数更新"},
}

var phases = map[string]Text{
	graph.Forward.String():  {"forward", "前向传播"},
	graph.Backward.String(): {"backward", "反向传播"},
	graph.Update.String():   {"update", "参数更新"},
	graph.Prepare.String():  {"preparation", "准备"},
}

var kinds = map[string]Text{
	graph.KindOp.String():    {"operation", "运算"},
	graph.KindInput.String(): {"input", "输入"},
	graph.KindParam.String(): {"parameter", "参数"},
	graph.KindConst.String(): {"constant", "常数"},
	graph.KindState.String(): {"state", "状态"},
	graph.KindStep.String():  {"number of the step", "步数"},
}

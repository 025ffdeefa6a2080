// This file holds what each model is, in Chinese, for the page of a traced step.

package recipe

import "cmp"

// aboutChinese is [Recipe.About] in Chinese, by name.
var aboutChinese = map[string]string{
	"mlp":    "多层感知机：全连接层之间用 ReLU 激活，反向传播最初就是在这样的网络上演示的。",
	"lenet5": "LeNet-5：曾用来识读支票的卷积网络，这里是今天通行的教学版本。",
	"lenet5-1998": "1998 年论文中的 LeNet-5：它为每个数字画出一幅小图，与十幅标准图中哪一幅最近，" +
		"答案就是哪个数字。",
	"convnet":         "现代的小型卷积网络：每个卷积层之后做批量归一化，并使用 Dropout。",
	"alexnet":         "AlexNet：有五个卷积层，2012 年 ImageNet 竞赛的冠军。",
	"vgg11":           "VGG 的 A 型：11 个带权重的层，卷积核都是 3×3。",
	"vgg13":           "VGG 的 B 型：13 个带权重的层，卷积核都是 3×3。",
	"vgg16":           "VGG 的 D 型：16 个带权重的层，卷积核都是 3×3。",
	"vgg19":           "VGG 的 E 型：19 个带权重的层，卷积核都是 3×3。",
	"googlenet":       "GoogLeNet：每个模块同时用几种大小的窗口看同一批特征图，网络中部另有两个辅助分类器帮助训练。",
	"inception_v3":    "Inception v3：把大窗口拆成小窗口，例如把 7×7 拆成 1×7 和 7×1。",
	"resnet18":        "18 层残差网络：每个块只在输入上加一个修正量，因此层数多也学得动。",
	"resnet34":        "34 层残差网络：每块两个卷积的残差网络中最深的一个。",
	"resnet50":        "50 层残差网络：每个块先收窄通道，再卷积，再放宽。",
	"resnet101":       "101 层残差网络：其中 23 个块在第三阶段。",
	"resnet152":       "152 层残差网络：2015 年 ImageNet 竞赛的冠军。",
	"resnet20":        "用于小图像的 20 层残差网络，跳跃连接没有参数。",
	"resnet32":        "用于小图像的 32 层残差网络，跳跃连接没有参数。",
	"resnet56":        "用于小图像的 56 层残差网络，跳跃连接没有参数。",
	"speech":          "识别声音的小型卷积网络：输入是声音的对数梅尔频谱图，输出是所说的词。",
	"charrnn":         "没有门的字符级语言模型，常拿来与 LSTM 比较。",
	"charlstm":        "字符级语言模型：逐段读入文本，把状态传给下一段，并能续写文本。",
	"chargru":         "字符级语言模型：用三个门代替 LSTM 的四个门。",
	"names":           "逐字符学习一份人名表并造出新名字的 GRU，可以指定名字的开头。",
	"gpt":             "只用注意力的语言模型：以字符为单位的小型 GPT-2。",
	"bert":            "双向阅读文本的编码器，通过填补被遮盖的词来学习。",
	"bert-classifier": "判断文本类别的 BERT，可以从学过填词的权重开始训练。",
	"sentiment":       "区分褒贬：LSTM 从两个方向读一个句子，由各状态的均值作出判断。",
	"language":        "判断一个名字属于哪种语言：GRU 逐个字母阅读，由最后的状态作出判断。",
	"forecast":        "预测序列的下一个值：相对于上一个值的变化，以近期的波动幅度为单位。",
	"seq2seq":         "只用注意力的编码器和解码器，学习把一串字母倒过来、排序，或者做加法。",
	"translate":       "Transformer 论文中的编码器和解码器：翻译句子。",
	"autoencoder":     "自编码器：经过一段很短的编码还原输入，由此学到图像的共同规律。",
	"denoising":       "去噪自编码器：输入带噪声的图像，输出干净的图像，为此必须知道图像应有的样子。",
	"vae":             "变分自编码器：编码是一个分布，从中抽样就能生成图像。",
	"convvae":         "卷积变分自编码器：编码器用卷积把图像逐层缩小一半，解码器用转置卷积逐层放大一倍。",
	"cvae":            "条件变分自编码器：同时给出类别，可以按要求生成某一类的图像。",
	"contrastive":     "SimCLR：不用标签，让同一幅图的两个视图彼此相似、与其他图不相似，由此学到图像的共同规律。",
	"gan":             "生成对抗网络：生成器用噪声生成数字，判别器区分真假，二者互相学习。",
	"dcgan":           "不用池化的卷积生成对抗网络：生成器与判别器互相对抗。",
}

// titleChinese is the title of a model in Chinese, by name, where it has words that are no name.
var titleChinese = map[string]string{
	"lenet5-1998":     "1998 年的 LeNet-5",
	"resnet20":        "用于 CIFAR 的 ResNet-20",
	"resnet32":        "用于 CIFAR 的 ResNet-32",
	"resnet56":        "用于 CIFAR 的 ResNet-56",
	"speech":          "识别语音的网络",
	"charrnn":         "字符级 RNN",
	"charlstm":        "字符级 LSTM",
	"chargru":         "字符级 GRU",
	"names":           "造名字的 GRU",
	"gpt":             "字符级 GPT",
	"bert":            "词级 BERT",
	"bert-classifier": "BERT 分类器",
	"sentiment":       "句子的褒贬",
	"language":        "名字的语言",
	"forecast":        "预测序列的 LSTM",
	"seq2seq":         "字母级 Transformer",
	"translate":       "词级 Transformer",
	"autoencoder":     "自编码器 784-128-32",
	"denoising":       "去噪自编码器",
	"convvae":         "卷积 VAE",
	"cvae":            "条件 VAE",
	"gan":             "两个感知机的 GAN",
}

// ChineseTitle is [Recipe.Title] in Chinese. A title that is a name is the same.
func (r *Recipe) ChineseTitle() string { return cmp.Or(titleChinese[r.Name], r.Title) }

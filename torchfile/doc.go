// Package torchfile reads the files that PyTorch's torch.save writes, and runs nothing of them.
//
// Such a file is a program: a pickle, whose instructions make Python objects, of which a few are tensors. It may ask
// for any function of Python by name and call it, so that loading a file from a stranger with torch.load is running
// what the stranger wrote. The reader here is a machine that knows the instructions, and of functions only those that
// make tensors and plain containers:
//
//	values       None, bool, int, float, str, tuple, list, dict, collections.OrderedDict, torch.Size
//	tensors      torch._utils._rebuild_tensor, _rebuild_tensor_v2, _rebuild_parameter
//	elements     torch.FloatStorage, Double, Half, BFloat16, Long, Int, Short, Char, Byte, Bool
//
// Whatever else a pickle asks for is refused by its name. Both formats are read:
//
//	.pt, .pth    a zip archive, since PyTorch 1.6: NAME/data.pkl is the pickle, NAME/data/KEY the bytes of a storage
//	.th, .pt     before that: five pickles (magic number, protocol, system, object, keys), and then for each key the
//	             number of elements and their bytes
//
// What comes of it is seen as a file of safetensors: nested containers become names with dots, and parts of a storage,
// transposed ones too, rows of elements. Nothing but the pickle is in memory:
//
//	f, err := torchfile.Open("resnet20.th")
//	...
//	defer f.Close()
//	f.Names()                                                      // state_dict.module.bn1.bias, …
//	err = f.ReadFloat32("state_dict.module.conv1.weight", w)
//	report, err := model.Params().LoadFrom(f.File, nn.LoadOptions{Strip: "state_dict.module."})
//
// nn.Params.Load and the command do so by themselves, by [OpenAny].
//
// The pickle is described in Python's Lib/pickletools.py, the formats in torch/serialization.py.
package torchfile

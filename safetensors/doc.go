// Package safetensors reads and writes tensors in the safetensors format of Hugging Face.
//
// A file is a header and one run of bytes that the tensors fill without a gap:
//
//	8 bytes   N, the length of the header, little-endian
//	N bytes   JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …,
//	                 "__metadata__": {"key": "text", …}}, padded with spaces
//	the rest  the elements, row-major, little-endian; offsets count from here
//
// [Open] reads and checks only the header. A tensor is read when it is asked for, so that a large file takes memory
// only for the tensors in use. Every rule of the format is checked, and a few limits in addition (see [NewFile]), so
// that it is safe to open a file from anywhere: a file that breaks a rule gives an error of kind [ErrFormat]. [Write]
// replaces a file by a whole new one or leaves it as it was.
//
//	err := safetensors.Write("w.safetensors", []safetensors.Tensor{{Name: "w", Shape: []int{2, 3}, Data: w}}, nil)
//	...
//	f, err := safetensors.Open("w.safetensors")
//	...
//	defer f.Close()
//	err = f.ReadFloat32("w", w)
//
// The format is described at https://github.com/huggingface/safetensors.
package safetensors

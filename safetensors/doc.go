// Package safetensors reads and writes tensors in the safetensors format of Hugging Face.
//
// A file is a header and one run of bytes that the tensors fill without a gap:
//
//	8 bytes   N, the length of the header, little-endian
//	N bytes   JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …,
//	                 "__metadata__": {"key": "text", …}}, padded with spaces
//	the rest  the elements, row-major, little-endian; offsets count from here
//
// [Open] reads and checks the header alone, and each tensor is read when it is asked for, so a large file costs the
// memory of what is used of it. Every rule of the format is checked, and a few limits are set beside (see [NewFile]),
// so that a file from anywhere can be opened: what is wrong with it comes back as an error of kind [ErrFormat].
// [Write] replaces a file by a whole new one or leaves it as it was.
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

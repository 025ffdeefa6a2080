// Package files opens the files that are read and replaces those that are written.
//
// [Open] takes regular files alone and never waits: what is a folder, a device, a socket or a named pipe is
// [ErrNotRegular]. [Replace] writes a file whole or not at all, and [Probe] finds out before long work whether
// Replace could. [Hold] is a lock that ends with its process.
//
//	f, info, err := files.Open("w.safetensors")
//	...
//	err = files.Replace("w.safetensors", func(w io.Writer) error { ... })
//	held, err := files.Hold("run/training.lock")
//	defer held.Release()
package files

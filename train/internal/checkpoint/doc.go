// Package checkpoint holds the form of checkpoints on disk: files in a folder that a manifest makes one.
//
// The one idea: a reader believes nothing. A manifest is JSON with the size and the SHA-256 of each file and of
// itself. It is written last, and it is read only if its bytes are those that its values are written as. If one is not
// whole, it is damaged, and the checkpoint before it is found.
//
//	folder.go    the names of the files, and the newest checkpoint that is whole
//	manifest.go  the manifest
//	progress.go  what a Fit saves of its progress
//	settings.go  what a training is known by, and how that is compared
//
// What is in the other files, and when they are written, is the matter of package train.
package checkpoint

// Package picture reads picture files, and looks for the drawing in a picture.
//
// The one idea: a drawing is what stands out from its ground. It is found on paper, in shadow and under a lamp, and is
// placed as MNIST places its digits.
//
//	decode.go  PNG and JPEG files, of which none is decoded that is beyond the limits
//	exif.go    which way up a picture is held, and how much memory it takes
//	ink.go     the drawing in a picture
//	plane.go   planes of numbers, and what is done to them in looking for it
package picture

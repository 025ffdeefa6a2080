// Package sound makes pictures of sounds, and varies sounds as a model learns from them.
//
// The one idea: a sound is a plain slice of samples of one channel, and what is done to it is a function of its
// numbers and of a [Draw], which is seed, epoch and example, so any epoch can be run again.
//
//	stft := sound.STFT{Window: 512, Hop: 256}
//	spectrum, err := stft.Of(x)                                   // frequencies by frames
//	slower, err := sound.Stretch(x, .8)                           // 1.25 times as long, of the same pitch
//	higher, err := sound.PitchShift(x, 12)                        // an octave up, as long as before
//	noisy, err := sound.Noise(x, 10, sound.Draw{Seed: 1})         // 10 dB above white noise
//	again, err := sound.Resample(x, 44100, 8000)
//	p, err := sound.NewPainter(sound.LogMel{Rate: 8000, Window: 512, Hop: 256, Bands: 32, Frames: 32})
//	err = p.Paint(picture, x)                                     // (32, 32) in [0, 1], for a network of pictures
//
//	function              file          what it is
//	STFT                  stft.go       short-time Fourier transform, and back
//	MelFilters, LogMel    mel.go        frequencies as they are heard, and the picture that a network looks at
//	Resample              resample.go   another number of samples a second
//	Stretch, PitchShift   stretch.go    the phase vocoder
//	Noise, Mask, View     view.go       how a sound varies from epoch to epoch
//
// Sounds that are not finite, and rates that make no sense, are errors. The package knows neither files nor tensors:
// package data reads WAV files, and makes batches.
package sound

package sound_test

import (
	"fmt"
	"log"
	"math"

	"github.com/stheno-ml/stheno/data/sound"
)

// a440 is half a second of the tone that orchestras tune by, at 8,000 samples a second.
func a440() []float32 {
	x := make([]float32, 4000)
	for i := range x {
		x[i] = float32(math.Sin(2 * math.Pi * 440 * float64(i) / 8000))
	}
	return x
}

// The frequency of a tone is where its spectrum is largest.
func ExampleSTFT_Of() {
	spectrum, err := sound.STFT{Window: 400, Hop: 200}.Of(a440())
	if err != nil {
		log.Fatal(err)
	}
	frame, best := spectrum.C[10*spectrum.Bins:][:spectrum.Bins], 0
	for k, c := range frame {
		if math.Hypot(real(c), imag(c)) > math.Hypot(real(frame[best]), imag(frame[best])) {
			best = k
		}
	}
	fmt.Println(spectrum.Frames, "frames of", spectrum.Bins, "frequencies; the loudest is", best*8000/400, "Hz")
	// Output: 21 frames of 201 frequencies; the loudest is 440 Hz
}

// Stretching changes how long a sound is, shifting its pitch does not.
func ExampleStretch() {
	slower, err := sound.Stretch(a440(), .8)
	if err != nil {
		log.Fatal(err)
	}
	higher, err := sound.PitchShift(a440(), 12)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(slower), len(higher))
	// Output: 5000 4000
}

// Noise is as loud as one asks for, and the same wherever seed, epoch and example are the same.
func ExampleNoise() {
	x := a440()
	y, err := sound.Noise(x, 10, sound.Draw{Seed: 1, Epoch: 2, Index: 3})
	if err != nil {
		log.Fatal(err)
	}
	snr, err := sound.SNR(x, y)
	fmt.Printf("%.2f dB %v\n", snr, err)
	// Output: 10.00 dB <nil>
}

// A recording of another rate is brought to that of a model.
func ExampleResample() {
	y, err := sound.Resample(a440(), 8000, 44100)
	fmt.Println(len(y), err)
	// Output: 22050 <nil>
}

// A painter makes the picture that a network looks at: here the tone is a bright line in the second row from below.
// Where it begins and ends, all frequencies sound for a moment.
func ExamplePainter_Paint() {
	p, err := sound.NewPainter(sound.LogMel{Rate: 8000, Window: 512, Hop: 512, Bands: 10, Frames: 9})
	if err != nil {
		log.Fatal(err)
	}
	picture := make([]float32, 10*9)
	if err := p.Paint(picture, a440()); err != nil {
		log.Fatal(err)
	}
	for row := range 10 {
		for _, v := range picture[row*9 : row*9+9] {
			fmt.Print(string("-.:*#"[int(4*v)]))
		}
		fmt.Println()
	}
	// Output:
	// .-------.
	// .-------.
	// .-------.
	// .-------.
	// .-------.
	// :-------:
	// :-------:
	// *********
	// *#######*
	// *:::::::*
}

// What varies is written as it stands on a command line.
func ExampleParseView() {
	v, err := sound.ParseView("noise=10,stretch=.1,pitch=2,mask=.2")
	if err != nil {
		log.Fatal(err)
	}
	y, err := v.Wave(a440(), sound.Draw{Seed: 1, Epoch: 2, Index: 3})
	fmt.Println(v, len(y), err)
	// Output: {10 0.1 2 0.2} 4136 <nil>
}

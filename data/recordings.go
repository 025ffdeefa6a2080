// This file holds Recordings, which reads the sounds of a folder.

package data

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/stheno-ml/stheno/data/internal/read"
	"github.com/stheno-ml/stheno/data/sound"
	"github.com/stheno-ml/stheno/internal/parallel"
)

// SoundOptions say what is made of recordings. The zero value keeps their rate.
type SoundOptions struct {
	Rate    int     // samples a second, to which all are brought; 0 for those of the first file
	HeldOut float64 // the share of the sounds in Test, where the folder is not parted; 0 for a fifth
	Seed    uint64  // of the draw of these sounds
}

// mostSound is the most samples that the sounds of a folder may have: 1 GiB of them.
const mostSound = 1 << 28

// Recordings reads the WAV files of a folder, see [ReadWAV], as sounds of one channel, the mean of theirs, and one
// rate, see [sound.Resample]. There are three forms:
//
//	dir/<class>/*.wav                                the test part is drawn by the seed, of each class alike
//	dir/train/<class>/*.wav, dir/test/<class>/*.wav
//	dir/<class>_<speaker>_<number>.wav               numbers 0 to 4 are the test part
//
// The last is that of the Free Spoken Digit Dataset (Jackson et al. 2018), and its official split. Classes are sorted,
// and sounds come in the order of their paths. What begins with a dot, or ends in anything but .wav, is passed over.
//
// Errors name the file and are [ErrDamaged], or os.ErrNotExist, also where no sound is.
func Recordings(dir string, o SoundOptions) (Sounds, error) {
	o.HeldOut = cmp.Or(o.HeldOut, .2)
	switch {
	case !(o.HeldOut > 0 && o.HeldOut < 1):
		return Sounds{}, fmt.Errorf("%s: the share held out is %v, want it between 0 and 1", dir, o.HeldOut)
	case o.Rate < 0 || o.Rate > maxRate:
		return Sounds{}, fmt.Errorf("%s: %d samples a second, want 1 to %d, or 0 for those of the first file", dir,
			o.Rate, maxRate)
	}
	classes, learn, test, err := listSounds(dir, o)
	if err != nil {
		return Sounds{}, err
	}
	if o.Rate == 0 {
		first, err := ReadWAV(learn[0].path)
		if err != nil {
			return Sounds{}, err
		}
		o.Rate = first.Rate
	}
	set, room := Sounds{Name: filepath.Base(dir), Classes: classes}, new(atomic.Int64)
	if set.Train, err = readClips(dir, learn, o.Rate, room); err != nil {
		return Sounds{}, err
	}
	set.Test, err = readClips(dir, test, o.Rate, room)
	return set, err
}

// listSounds lists the sounds to train on, of which there is at least one, and to test with.
func listSounds(dir string, o SoundOptions) (classes []string, learn, test []labelled, err error) {
	own, err := soundFiles.list(dir, 0)
	switch {
	case err != nil:
		return nil, nil, nil, err
	case len(own) == 0:
		return soundFiles.parts(dir, o.HeldOut, o.Seed)
	}
	numbers := make([]int, len(own))
	var names []string
	for i, f := range own {
		m := spoken.FindStringSubmatch(filepath.Base(f.path))
		if m == nil {
			return nil, nil, nil, read.Damage(fmt.Sprintf("%s: not named as class_speaker_number.wav; other sounds "+
				"lie in a folder for each class", f.path))
		}
		names = append(names, m[1])
		numbers[i], _ = strconv.Atoi(m[2])
	}
	classes = slices.Compact(slices.Sorted(slices.Values(names)))
	for i, f := range own {
		at, _ := slices.BinarySearch(classes, names[i])
		if f.class = int64(at); numbers[i] < testedNumbers {
			test = append(test, f)
		} else {
			learn = append(learn, f)
		}
	}
	if len(learn) == 0 || len(test) == 0 {
		return nil, nil, nil, fmt.Errorf("%s: %d sounds have a number below %d, which are tested with, and %d "+
			"another: want both: %w", dir, len(test), testedNumbers, len(learn), fs.ErrNotExist)
	}
	return classes, learn, test, nil
}

// spoken is the name of a file that tells what is said, by whom, and for which time; those below testedNumbers are
// tested with.
var spoken = regexp.MustCompile(`^([^_]+)_[^_]+_([0-9]{1,6})\.(?i:wav)$`)

const testedNumbers = 5

// soundPile reads sounds.
type soundPile struct {
	dir    string
	files  []labelled
	rate   int
	clips  Clips
	room   *atomic.Int64 // samples so far, of both parts
	failed []error       // of each block the first
}

func (p *soundPile) Block(b int) {
	lo, hi := parallel.Bounds(b, pile, len(p.files))
	for i := lo; i < hi && p.failed[b] == nil; i++ {
		p.clips.X[i], p.failed[b] = ReadClip(p.files[i].path, p.rate)
		if p.room.Add(int64(len(p.clips.X[i]))) > mostSound {
			p.failed[b] = read.Damage(fmt.Sprintf("%s: too large (over %d samples at %d a second)", p.dir, mostSound,
				p.rate))
		}
	}
}

// readClips reads the sounds of a part. The error is that of the first sound that has one.
func readClips(dir string, files []labelled, rate int, room *atomic.Int64) (Clips, error) {
	blocks := parallel.Blocks(len(files), pile)
	work := &soundPile{dir, files, rate, Clips{rate, make([][]float32, len(files)), make([]int64, len(files))}, room,
		make([]error, blocks)}
	parallel.Run(blocks, work)
	for i, f := range files {
		work.clips.Y[i] = f.class
	}
	return work.clips, cmp.Or(work.failed...)
}

// ReadClip reads a WAV file as [Recordings] does: the mean of its channels, at so many samples a second.
func ReadClip(path string, rate int) ([]float32, error) {
	s, err := ReadWAV(path)
	if err != nil {
		return nil, err
	}
	x, err := sound.Resample(s.Mono(), s.Rate, rate)
	if err != nil {
		return nil, read.Damage(fmt.Sprintf("%s: %v", path, err))
	}
	return x, nil
}

// OpenSounds returns the sounds of a name that [Sources] lists, or of a folder, as [Recordings] reads it by the
// options. What is built in has 8,000 samples a second. log is as that of [OpenImages].
func OpenSounds(ctx context.Context, source string, o SoundOptions, log func(format string, args ...any)) (Sounds,
	error) {
	isName, err := read.LookUp(ctx, source, "sounds", "folder")
	switch {
	case err != nil:
		return Sounds{}, err
	case isName:
		return Tones(0), nil
	case !read.IsFolder(source):
		return Sounds{}, &FileError{source, "sounds"}
	}
	return Recordings(source, o)
}

// HasSounds reports whether a path is that of a WAV file, or of a folder with such files, or with folders of them.
func HasSounds(path string) bool {
	if !read.IsFolder(path) {
		return slices.Contains(soundFiles.ends, strings.ToLower(filepath.Ext(path)))
	}
	own, err := soundFiles.list(path, 0)
	return err == nil && len(own) > 0 || soundFiles.in(path, 2)
}

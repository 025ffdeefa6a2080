// This file holds how texts and standard input are read.

package kinds

import (
	"fmt"
	"io"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/corpus"
	"github.com/stheno-ml/stheno/internal/kind"
)

// orFiles ends what a Listener takes.
const orFiles = "s, or files of them (.txt, .csv; - for standard input)"

// readTexts are the texts of a file, or of standard input.
func readTexts(path string, stdin io.Reader, o corpus.Options) ([]string, error) {
	if path != "-" {
		return corpus.ReadSentences(path, o)
	}
	b, err := readInput(stdin)
	if err != nil {
		return nil, err
	}
	return corpus.Sentences(inputName, b, o)
}

// inputName is what errors call standard input.
const inputName = "standard input"

// readInput reads standard input.
func readInput(stdin io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(stdin, mostInput+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", inputName, err)
	}
	if len(b) > mostInput {
		return nil, kind.Damaged{Err: fmt.Errorf("%s: too long (want at most %d bytes)", inputName, mostInput)}
	}
	return b, nil
}

// mostInput is how many bytes of standard input are read.
const mostInput = 64 << 20

// foreign reports texts for which a model was not made: of whose words it does not know half, or of whose characters
// more than one in fifty, as rare ones of a test part may be. What it does not know of others is told.
func foreign(name string, words data.Words, texts []string, characters bool, log func(string, ...any)) error {
	unknown, all := 0, 0
	for _, text := range texts {
		ids, _ := words.Encode(text) // which never fails
		all += len(ids)
		for _, id := range ids {
			if id == data.Unknown {
				unknown++
			}
		}
	}
	unit, most := "words", .5
	if characters {
		unit, most = "characters", .02
	}
	share := float64(unknown) / float64(max(all, 1))
	if share > most {
		return kind.Damaged{Err: fmt.Errorf("%s: the model does not know %.0f %% of the %s", name, 100*share, unit)}
	}
	if share >= .005 {
		log("%s: the model does not know %.0f %% of the %s", name, 100*share, unit)
	}
	return nil
}

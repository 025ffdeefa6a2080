package corpus_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/stheno-ml/stheno/data/corpus"
)

// The built-in text needs no file.
func ExampleProse() {
	prose := corpus.Prose(0)
	train, test, err := prose.Streams()
	fmt.Println(train.Len(), test.Len(), prose.Vocabulary.Len(), err)
	fmt.Println(prose.Train[:50])
	// Output:
	// 225280 25032 52 <nil>
	// In the morning, he rested slowly under the valley.
}

// A file of text is checked before a model learns from it.
func ExampleReadText() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "verse.txt")
	if err := os.WriteFile(path, []byte("To be,\nor not to be"), 0o644); err != nil {
		log.Print(err)
		return
	}
	text, err := corpus.ReadText(path)
	if err != nil {
		log.Print(err)
		return
	}
	verse := corpus.NewText("verse", text)
	fmt.Printf("%q, then %q\n", verse.Train, verse.Test)
	// Output:
	// "To be,\nor not to ", then "be"
}

// Three epochs of a text: each time other words are replaced, swapped and left out.
func ExampleRewording() {
	same := corpus.NewSynonyms([][]string{{"good", "fine", "great"}, {"film", "movie"}})
	r := corpus.Rewording{Replace: .3, Swap: .1, Delete: .1, Synonyms: same}
	text := strings.Fields("a good film with a great cast")
	for epoch := range 3 {
		fmt.Println(strings.Join(r.Of(text, 0, epoch, 0), " ")) // by seed 0, of example 0
	}
	// Output:
	// a cast movie with a good great
	// a fine movie a good cast
	// a a film with fine good cast
}

// Synonyms are read from a file, a line of words that may stand for each other.
func ExampleReadSynonyms() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "synonyms.txt")
	if err := os.WriteFile(path, []byte("good fine great\nfilm, movie\n"), 0o600); err != nil {
		log.Print(err)
		return
	}
	same, err := corpus.ReadSynonyms(path)
	fmt.Println(same.Of("fine"), same.Of("movie"), err)
	// Output: [good great] [film] <nil>
}

// By way of a language that has one word for two, texts come back in other words. Here dictionaries translate; a model
// of pairs does it as zoo augment --through has it.
func ExampleBackTranslation() {
	german := map[string]string{"a": "ein", "big": "großes", "large": "großes", "little": "kleines",
		"small": "kleines",
		"house": "haus"}
	english := map[string][]string{"ein": {"a"}, "großes": {"big", "large"}, "kleines": {"little", "small"},
		"haus": {"house"}}
	by := corpus.BackTranslation{
		Through: func(text string, _ uint64) (string, error) {
			var words []string
			for _, word := range strings.Fields(text) {
				words = append(words, german[word])
			}
			return strings.Join(words, " "), nil
		},
		Back: func(text string, seed uint64) (string, error) {
			var words []string
			for i, word := range strings.Fields(text) {
				meant := english[word]
				words = append(words, meant[seed>>i%uint64(len(meant))])
			}
			return strings.Join(words, " "), nil
		},
		Share: 1,
	}
	for epoch := range 3 {
		text, err := by.Of("a little house a big house", 0, epoch, 0)
		fmt.Println(text, err)
	}
	// Output:
	// a small house a big house <nil>
	// a little house a large house <nil>
	// a little house a large house <nil>
}

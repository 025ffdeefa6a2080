// This file holds byte-level byte pair encoding, the tokenizer of GPT-2: its files, its merges and its rule of words.

package subword

import (
	"container/heap"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/internal/read"
)

// BPE is byte-level byte pair encoding as GPT-2's: a text is cut into words, a word is its bytes, and of the pairs of
// neighbours that the list of merges has, the one that stands first in it is joined wherever it occurs, until none is
// left. What remains are the tokens. Any text has an encoding, bytes that are no UTF-8 too, and Decode gives it back
// to the byte.
//
// A word is the first of these that the text goes on with: 's 't 're 've 'm 'll 'd; letters, numbers, or other signs,
// each perhaps after one space; white space. White space before a word leaves its last character to what follows.
//
// Special tokens such as <|endoftext|> are never made of text: [BPE.Token] has their numbers. The zero BPE has no
// token. A BPE may be used by many goroutines. See Sennrich et al. 2016, and Radford et al. 2019, section 2.2.
type BPE struct {
	tokens []string // the bytes of each token
	ids    map[string]int32
	bytes  [256]int32 // the token of each byte
	merges map[[2]int32]merge
}

var _ data.Tokenizer = (*BPE)(nil)

// A merge joins two tokens to one; those of lower rank go first.
type merge struct{ rank, id int32 }

// The limits of the files of a BPE, which are checked before memory is taken.
const (
	maxBPE    = 64 << 20 // bytes of each file
	maxTokens = 1 << 22
)

// ReadBPE reads the two files of a byte-level BPE, encoder.json and vocab.bpe of GPT-2 (vocab.json and merges.txt
// elsewhere): an object of the number of each token, and the merges, two tokens a line in the order of their rank, a
// line of #version before them. In both a byte is written as a character: those of ! to ~, ¡ to ¬ and ® to ÿ as
// themselves, the others in their order as U+0100 and on.
//
// What a file does wrong is [data.ErrDamaged] and names the file with the offset or the line: numbers of tokens other
// than 0, 1, …, each once; a byte without a token; a merge that stands twice, or of which a token is not in the
// encoder; more than 64 MiB.
func ReadBPE(encoder, merges string) (*BPE, error) {
	tokens, err := read.Text(encoder, maxBPE)
	if err != nil {
		return nil, err
	}
	pairs, err := read.Text(merges, maxBPE)
	if err != nil {
		return nil, err
	}
	return parseBPE(encoder, tokens, merges, pairs)
}

func parseBPE(encoder, tokens, merges, pairs string) (*BPE, error) {
	b := &BPE{}
	if err := b.readTokens(encoder, tokens); err != nil {
		return nil, err
	}
	if err := b.readMerges(merges, pairs); err != nil {
		return nil, err
	}
	return b, nil
}

// readTokens reads the object of tokens and numbers.
func (b *BPE) readTokens(file, text string) error {
	d := json.NewDecoder(strings.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return read.Damaged(file, d.InputOffset(), "not a JSON object of tokens and their numbers")
	}
	b.ids = map[string]int32{}
	for d.More() {
		at := d.InputOffset()
		key, err := d.Token()
		if err != nil {
			return read.Damaged(file, at, "no JSON: %v", err)
		}
		var id int64
		if err := d.Decode(&id); err != nil {
			return read.Damaged(file, at, "token %q: its number is none: %v", key, err)
		}
		name := key.(string) // as all keys are
		bytes, ok := toBytes(name)
		_, twice := b.ids[bytes]
		switch {
		case !ok || bytes == "":
			return read.Damaged(file, at, "token %q is not written in the characters of bytes", name)
		case twice:
			return read.Damaged(file, at, "token %q stands twice", name)
		case id < 0 || id >= maxTokens:
			return read.Damaged(file, at, "token %q has the number %d, want 0 to %d", name, id, maxTokens-1)
		}
		b.ids[bytes] = int32(id)
	}
	if _, err := d.Token(); err != nil {
		return read.Damaged(file, d.InputOffset(), "no JSON: %v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return read.Damaged(file, d.InputOffset(), "more than one JSON object")
	}
	return b.number(file)
}

// number orders the tokens by their numbers, and finds those of the bytes.
func (b *BPE) number(file string) error {
	b.tokens = make([]string, len(b.ids))
	for token, id := range b.ids {
		if int(id) >= len(b.tokens) {
			return read.Damage(fmt.Sprintf("%s: token %q has the number %d, but there are %d tokens", file,
				fromBytes(token), id, len(b.tokens)))
		}
		if other := b.tokens[id]; other != "" {
			first, second := min(token, other), max(token, other)
			return read.Damage(fmt.Sprintf("%s: tokens %q and %q have one number, %d", file, fromBytes(first),
				fromBytes(second), id))
		}
		b.tokens[id] = token
	}
	for i := range b.bytes {
		id, ok := b.ids[string([]byte{byte(i)})]
		if !ok {
			return read.Damage(fmt.Sprintf("%s: byte %#02x, which is written %q, has no token", file, i, byteRunes[i]))
		}
		b.bytes[i] = id
	}
	return nil
}

// readMerges reads the pairs, the first ones first.
func (b *BPE) readMerges(file, text string) error {
	b.merges = map[[2]int32]merge{}
	line := 0
	for row := range strings.Lines(text) {
		line++
		row = strings.TrimRight(row, "\r\n")
		if row == "" || line == 1 && strings.HasPrefix(row, "#version") {
			continue
		}
		wrong := func(format string, args ...any) error {
			return read.Damage(fmt.Sprintf("%s: line %d: ", file, line) + fmt.Sprintf(format, args...))
		}
		left, right, ok := strings.Cut(row, " ")
		if !ok || strings.Contains(right, " ") {
			return wrong("not two tokens (got %q)", row)
		}
		var ids [3]int32
		for i, name := range []string{left, right, left + right} {
			token, ok := toBytes(name)
			if ids[i], ok = b.id(token, ok); !ok {
				return wrong("token %q is not in the encoder of %d tokens", name, len(b.tokens))
			}
		}
		pair := [2]int32{ids[0], ids[1]}
		if first, ok := b.merges[pair]; ok {
			return wrong("the pair %q stands twice (it is merge %d already)", row, first.rank)
		}
		b.merges[pair] = merge{int32(len(b.merges)), ids[2]}
	}
	return nil
}

func (b *BPE) id(token string, ok bool) (int32, bool) {
	id, known := b.ids[token]
	return id, ok && known
}

// Len returns the number of tokens.
func (b *BPE) Len() int { return len(b.tokens) }

// Token returns the number of a token by its text, such as <|endoftext|>, and whether there is one.
func (b *BPE) Token(text string) (int64, bool) {
	id, ok := b.ids[text]
	return int64(id), ok
}

// Encode returns the numbers of a text's tokens. Only the zero BPE has an error, of a text that is not empty.
func (b *BPE) Encode(text string) ([]int64, error) {
	if len(b.tokens) == 0 && text != "" {
		return nil, fmt.Errorf("text of %d bytes: the tokenizer has no token; read one with ReadBPE", len(text))
	}
	ids := make([]int64, 0, len(text)/3)
	var w wordMerger
	for len(text) > 0 {
		n := wordLength(text)
		ids = w.merge(b, text[:n], ids)
		text = text[n:]
	}
	return ids, nil
}

// Decode returns the text of these tokens, whose bytes need be no UTF-8 where a token is cut off. A number that is no
// token's becomes U+FFFD.
func (b *BPE) Decode(ids []int64) string {
	var text strings.Builder
	for _, id := range ids {
		if id < 0 || id >= int64(len(b.tokens)) {
			text.WriteRune(utf8.RuneError)
			continue
		}
		text.WriteString(b.tokens[id])
	}
	return text.String()
}

// wordLength returns the bytes of the first word of a text that is not empty. It is the regular expression of GPT-2,
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//
// in which \s+(?!\S) is white space up to the end of the text, or without its last character.
func wordLength(text string) int {
	for _, end := range contractions {
		if strings.HasPrefix(text, end) {
			return len(end)
		}
	}
	space := 0
	if text[0] == ' ' {
		space = 1
	}
	for _, is := range []func(rune) bool{unicode.IsLetter, unicode.IsNumber, isSign} {
		if n := run(text[space:], is); n > 0 {
			return space + n
		}
	}
	n := run(text, unicode.IsSpace)
	_, last := utf8.DecodeLastRuneInString(text[:n])
	if n == len(text) || n == last {
		return n
	}
	return n - last
}

var contractions = []string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}

// run returns the bytes of a text's first characters that are of a kind.
func run(text string, is func(rune) bool) int {
	if n := strings.IndexFunc(text, func(r rune) bool { return !is(r) }); n >= 0 {
		return n
	}
	return len(text)
}

func isSign(r rune) bool { return !unicode.IsSpace(r) && !unicode.IsLetter(r) && !unicode.IsNumber(r) }

// A wordMerger joins the bytes of one word after the other in the same memory. A heap of the pairs that may be joined
// makes it O(n log n) for a word of n bytes, however a text is made.
type wordMerger struct {
	ids        []int32 // the token that begins at each byte; -1 inside of one
	next, prev []int   // where the neighbours begin; len(ids) and -1 at the ends
	pairs      pairHeap
	round      []int // where the pairs of the lowest rank begin
}

// merge appends the tokens of a word.
func (w *wordMerger) merge(b *BPE, word string, ids []int64) []int64 {
	w.ids, w.next, w.prev, w.pairs = w.ids[:0], w.next[:0], w.prev[:0], w.pairs[:0]
	for i := range len(word) {
		w.ids, w.next, w.prev = append(w.ids, b.bytes[word[i]]), append(w.next, i+1), append(w.prev, i-1)
	}
	for i := range w.ids {
		w.push(b, i)
	}
	for len(w.pairs) > 0 {
		w.joinLowest(b)
	}
	for i := 0; i < len(w.ids); i = w.next[i] {
		ids = append(ids, int64(w.ids[i]))
	}
	return ids
}

// joinLowest joins all pairs of the lowest rank, from left to right. Pairs that come up wait for the next round, even
// if their rank is lower.
func (w *wordMerger) joinLowest(b *BPE) {
	rank := w.pairs[0].rank
	w.round = w.round[:0]
	for len(w.pairs) > 0 && w.pairs[0].rank == rank {
		w.round = append(w.round, heap.Pop(&w.pairs).(pairAt).at)
	}
	joined := w.round[:0]
	for _, at := range w.round {
		m, ok := w.pair(b, at)
		if !ok || m.rank != rank {
			continue // a neighbour was joined before
		}
		right := w.next[at]
		w.ids[at], w.ids[right], w.next[at] = m.id, -1, w.next[right]
		if w.next[at] < len(w.ids) {
			w.prev[w.next[at]] = at
		}
		joined = append(joined, at)
	}
	for _, at := range joined {
		w.push(b, at)
		if before := w.prev[at]; before >= 0 {
			w.push(b, before)
		}
	}
}

// pair returns how the token at a byte and the next one are joined.
func (w *wordMerger) pair(b *BPE, at int) (merge, bool) {
	if w.ids[at] < 0 || w.next[at] == len(w.ids) {
		return merge{}, false
	}
	m, ok := b.merges[[2]int32{w.ids[at], w.ids[w.next[at]]}]
	return m, ok
}

func (w *wordMerger) push(b *BPE, at int) {
	if m, ok := w.pair(b, at); ok {
		heap.Push(&w.pairs, pairAt{m.rank, at})
	}
}

// A pairHeap has the pair of the lowest rank first, and of those the one that stands first.
type pairHeap []pairAt

type pairAt struct {
	rank int32
	at   int
}

func (h pairHeap) Len() int { return len(h) }
func (h pairHeap) Less(i, j int) bool {
	return h[i].rank < h[j].rank || h[i].rank == h[j].rank && h[i].at < h[j].at
}
func (h pairHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *pairHeap) Push(x any)   { *h = append(*h, x.(pairAt)) }
func (h *pairHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// byteRunes are the characters that bytes are written as in the files of a BPE, runeBytes the other way round.
var byteRunes, runeBytes = func() (runes [256]rune, bytes map[rune]byte) {
	bytes = map[rune]byte{}
	others := rune(0)
	for i := range runes {
		r := rune(i)
		if !(r >= '!' && r <= '~' || r >= '¡' && r <= '¬' || r >= '®') {
			r = 0x100 + others
			others++
		}
		runes[i], bytes[r] = r, byte(i)
	}
	return runes, bytes
}()

// toBytes returns the bytes that a token of a file stands for.
func toBytes(token string) (string, bool) {
	b := make([]byte, 0, len(token))
	for _, r := range token {
		c, ok := runeBytes[r]
		if !ok {
			return "", false
		}
		b = append(b, c)
	}
	return string(b), true
}

// fromBytes writes bytes as the files do.
func fromBytes(token string) string {
	r := make([]rune, len(token))
	for i := range len(token) {
		r[i] = byteRunes[token[i]]
	}
	return string(r)
}

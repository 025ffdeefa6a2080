// Package subword holds the tokenizers that cut words into parts, of the files of others: those of GPT-2 and of BERT.
//
// The one idea: a model that was trained elsewhere knows its tokens by their numbers alone, so a text must become the
// same numbers as there, to the last one.
//
//	bpe.go        BPE: bytes, joined pair by pair
//	wordpiece.go  WordPiece: the longest pieces that the vocabulary has, from the begin of a word on
//
// Both are a [data.Tokenizer].
package subword

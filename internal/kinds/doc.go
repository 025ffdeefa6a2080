// Package kinds has the kinds of models of the zoo.
//
// The one idea: what models of one kind have in common, how their data are opened, what a step makes small and what an
// answer looks like, stands in one file for each kind. What a kind is, package kind says; a kind is a value here, of
// which a row of the table gives the fields. Nothing here knows a row.
//
//	kind                   file               data      answers
//	classifier             classifier.go      images    the class of a picture of one size
//	classifier             photographs.go     images    the class of a picture of any size
//	sound classifier       sounds.go          sounds    the class of a sound, such as a word that is said
//	text classifier        sentences.go       labelled  the class of a text, and what its words moved
//	text classifier        finetuned.go       labelled  the class of a text, by what was learnt of masked words
//	forecaster             forecast.go        series    the next values
//	table classifier       tabular.go         table     the class of a row of a table
//	language model         language.go        text      text, character by character
//	line model             lines.go           lines     new lines, such as names
//	masked language model  masked.go          text      the words that are missing in a text
//	pairs of sequences     translation.go     pairs     the sequence that belongs to another, such as a translation
//	reconstruction         reconstruction.go  images    pictures beside what was made of them, and new pictures
//	of a class             conditional.go     images    new pictures of the classes
//	contrast               contrast.go        images    which pictures are most alike
//	game                   game.go            images    new pictures
//
// What several of them have in common:
//
//	images.go      how images are opened, and seen anew in each epoch
//	input.go       how texts and standard input are read
//	augmented.go   texts that are reworded from epoch to epoch
//	balance.go     classes of a table that are rare
//	heard.go       sounds beside views of them
//	attend.go      what is read when one looks at how a model looks
//	explain.go     what an answer rests on
//	translator.go  a model of pairs as it translates, and texts that two of them say anew
package kinds

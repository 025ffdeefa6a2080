// Package adversarial holds the losses of adversarial games: of a generator, and of a discriminator that tells real
// examples from those that the generator makes.
//
// The one idea: a [Loss] is two functions, one for each player, of the logits that the discriminator gives. The Play
// of a train.Game calls them; models/gan is an example.
//
// The losses are in losses.go. A critic must not be too steep: [GradientPenalty] and [R1] see to it, in penalties.go.
package adversarial

// Package explain tells what the answer of a model rests on: which pixels of a picture, which words of a text.
//
// The one idea: it is all made of the model's own forward pass. Its functions build that pass in a graph for
// evaluation, differentiate the logit of a class in it, and say of each part of the input what it has to do
// with the answer:
//
//	pixels   Saliency   |∂ logit / ∂ pixel|, with noise if one likes          saliency.go
//	regions  GradCAM    where the last feature maps speak for the class       gradcam.go
//	words    Words      gradient · input, the sum over the vector of a word   words.go
//	words    Attention  the weights of attention, layer by layer              rollout.go
//	         Rollout    from which words a symbol comes, through all layers   rollout.go
//
//	heat, err := explain.Saliency(model, pictures, explain.SaliencyOptions{}) // (N, H, W)
//
// A model is any nn.Module that maps a batch to logits (N, classes): what is explained is a logit, and not a
// probability, which a softmax presses towards 1 until its gradient says nothing.
//
// None of this proves why a model answers as it does. A picture that looks right may be an edge detector's:
// the test is to draw the same of a model with random weights, and to see that it differs (Adebayo et al.,
// "Sanity checks for saliency maps", 2018); docs/explain.md shows it.
package explain

// Package schedule says how the learning rate changes while a model learns.
//
// The one idea: a schedule is a share of the rate, for a step counted from 0, of so many in all. A [Form] is its
// description, a plain value whose zero is the usual case; its method At is the schedule, for [train.Fit] and for a
// loop of one's own:
//
//	fit := train.Fit{…, Schedule: schedule.OneCycle{}.At}
//
//	for step := range steps {
//		trainer.LR = .1 * schedule.Cosine{}.At(step, steps)
//		…
//
// Forms are made of others: a [Warmup] goes before any of them, a [Sequence] is one after the other, and a [Product]
// all of them at once. [New] checks a form, and all that it is made of; [Parse] reads one that is written
// "warmup:over=.05+cosine:min=.1".
//
// A length of time, such as Every and Over, is a number of steps from 1 on, and below 1 a share of all steps:
// Step{Every: 100} and Step{Every: .25}. With lengths in steps a form needs not know how many there are in all.
//
//	form             share at step t, of n                                  names in PyTorch
//	Fixed            1
//	Step             γ^⌊t/e⌋                                                StepLR
//	MultiStep        γ^(the number of a in When with a ≤ t)                 MultiStepLR
//	Exponential      γ^(t/e)                                                ExponentialLR, where e is 1
//	Polynomial       m + (1-m)·(1-t/o)^p                                    PolynomialLR
//	Linear           from + (to-from)·t/o                                   LinearLR
//	Cosine           m + (1-m)·½(1+cos(π·t/o))                              CosineAnnealingLR
//	Restarts         Cosine, again and again                                CosineAnnealingWarmRestarts
//	Cyclic           up and down in straight lines                          CyclicLR
//	OneCycle         up once and down once                                  OneCycleLR
//	InverseRoot      min((t+1)/w, √(w/(t+1)))
//	Warmup           (t+1)/(w+1), and then another
//	Sequence         one after the other                                    SequentialLR
//	Product          all at once                                            ChainedScheduler
//	Plateau          reduced where a figure has stopped to get better       ReduceLROnPlateau
//
// Plateau is no Form: it follows a figure and not the steps.
package schedule

// Package schedule says how the learning rate changes while a model learns.
//
// The one idea: a schedule gives a share of the learning rate for each step, counted from 0, of a given number of
// steps. A [Form] describes a schedule: it is a plain value whose zero value is the usual case. Its method At is the
// schedule, for [train.Fit] or for your own loop:
//
//	fit := train.Fit{…, Schedule: schedule.OneCycle{}.At}
//
//	for step := range steps {
//		trainer.LR = .1 * schedule.Cosine{}.At(step, steps)
//		…
//
// Forms can be combined: a [Warmup] goes before another form, a [Sequence] is several forms one after the other, and a
// [Product] multiplies several forms. [New] checks a form and all its parts. [Parse] reads a form from text, such as
// "warmup:over=.05+cosine:min=.1".
//
// A length of time, such as Every or Over, is a number of steps if it is 1 or more, and a share of all steps if it is
// below 1: Step{Every: 100} and Step{Every: .25}. A form whose lengths are all in steps does not need the number of
// all steps.
//
//	form             share at step t, of n                                  names in PyTorch
//	Fixed            1
//	Step             γ^⌊t/e⌋                                                StepLR
//	MultiStep        γ^(the number of a in When with a ≤ t)                 MultiStepLR
//	Exponential      γ^(t/e)                                                ExponentialLR, where e is 1
//	Polynomial       m + (1-m)·(1-t/o)^p                                    PolynomialLR
//	Linear           from + (to-from)·t/o                                   LinearLR
//	Cosine           m + (1-m)·½(1+cos(π·t/o))                              CosineAnnealingLR
//	Restarts         Cosine again and again                                 CosineAnnealingWarmRestarts
//	Cyclic           up and down in straight lines                          CyclicLR
//	OneCycle         up once and down once                                  OneCycleLR
//	InverseRoot      min((t+1)/w, √(w/(t+1)))
//	Warmup           (t+1)/(w+1), then another form
//	Sequence         one after the other                                    SequentialLR
//	Product          the product of several forms                           ChainedScheduler
//	Plateau          reduced when a figure stops improving                  ReduceLROnPlateau
//
// [Plateau] is not a Form: it depends on a figure and not on the step.
package schedule

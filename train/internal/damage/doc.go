// Package damage has the kind of the errors about files whose bytes are not as they were written, or which are
// something else.
//
// The one idea: what reads a history and what reads a checkpoint tell of damage by one error, and neither needs the
// other for it.
package damage

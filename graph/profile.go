// This file holds Profile, the time that each instruction of a tape takes.

package graph

import (
	"fmt"
	"slices"
	"time"
)

// InstructionTime is the time that one instruction of the tape takes in a run.
type InstructionTime struct {
	Instruction
	Time time.Duration // median over the runs
}

// Profile runs the program the given number of times, at least once, and measures the time of each instruction. It
// returns the instructions in the order of the tape, without those that are done before the first run. Each run is one
// step, with its updates. A view takes no time. The clock adds some tens of nanoseconds to each instruction, so on
// tapes of tiny instructions the sum of the times is larger than the time of [Program.Run].
func (p *Program) Profile(runs int) ([]InstructionTime, error) {
	if runs < 1 {
		return nil, fmt.Errorf("profile: got %d runs, want at least 1", runs)
	}
	if err := p.enter("Profile"); err != nil {
		return nil, err
	}
	defer p.leave()
	times := make([][]time.Duration, len(p.code.instrs))
	clock := func(i int, took time.Duration) { times[i] = append(times[i], took) }
	for range runs {
		if err := p.run(clock); err != nil {
			return nil, err
		}
	}
	profile := make([]InstructionTime, len(p.code.instrs)-p.ready)
	for i, line := range p.lines[p.ready:] {
		profile[i] = InstructionTime{Instruction: line}
		if !line.View {
			t := times[p.ready+i]
			slices.Sort(t)
			profile[i].Time = t[runs/2]
		}
	}
	return profile, nil
}

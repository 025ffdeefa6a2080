// This file holds Profile, the time that each instruction of a tape takes.

package graph

import (
	"slices"
	"time"
)

// InstructionTime is what one instruction of the tape takes in a run.
type InstructionTime struct {
	Instruction
	Time time.Duration // median over the runs
}

// Profile runs the program so many times with a clock around each instruction and returns the instructions in the order
// of the tape. Each run is one step, with its updates. A view takes no time. The clock adds some tens of nanoseconds to each
// instruction, so on tapes of tiny ones the sum is above what [Program.Run] takes.
func (p *Program) Profile(runs int) ([]InstructionTime, error) {
	times := make([][]time.Duration, len(p.steps))
	for i := range times {
		times[i] = make([]time.Duration, runs)
	}
	for run := range runs {
		if err := p.timed(run, times); err != nil {
			return nil, err
		}
	}
	profile := make([]InstructionTime, len(p.steps))
	for i, line := range p.lines {
		profile[i] = InstructionTime{Instruction: line}
		if runs > 0 {
			slices.Sort(times[i])
			profile[i].Time = times[i][runs/2]
		}
	}
	return profile, nil
}

// timed is [Program.Run] with a clock.
func (p *Program) timed(run int, times [][]time.Duration) error {
	if err := p.begin(); err != nil {
		return err
	}
	for i := range p.steps {
		if i == p.start {
			if err := p.checkLosses(); err != nil {
				return err
			}
		}
		s := &p.steps[i]
		if s.view {
			continue
		}
		start := time.Now()
		err := s.op.Eval(s.dst, s.in)
		times[i][run] = time.Since(start)
		if err != nil {
			return p.failure(i, err)
		}
	}
	p.stepNo++
	return nil
}

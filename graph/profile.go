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
// of the tape, without those that prepare it. Each run is one step, with its updates. A view takes no time. The clock adds some tens of nanoseconds to each
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
	profile := make([]InstructionTime, len(p.steps)-p.ready)
	for i, line := range p.lines[p.ready:] {
		profile[i] = InstructionTime{Instruction: line}
		if t := times[p.ready+i]; runs > 0 {
			slices.Sort(t)
			profile[i].Time = t[runs/2]
		}
	}
	return profile, nil
}

// timed is [Program.Run] with a clock.
func (p *Program) timed(run int, times [][]time.Duration) error {
	if err := p.begin(); err != nil {
		return err
	}
	if err := p.prepare(); err != nil {
		return err
	}
	for i := p.ready; i < len(p.steps); i++ {
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
		err := p.execute(i)
		times[i][run] = time.Since(start)
		if err != nil {
			return err
		}
	}
	p.stepNo++
	return nil
}

// This file holds verify, which checks a code before all other passes and after the passes that join instructions, and
// verifyPlan, which checks addresses.

package graph

import "fmt"

// verify checks that every operand is defined before it is read, that every register has one definition and the type
// that its op gives, and that the answers of the ops make sense. The tests call it after each pass that joins
// instructions.
func verify(c *code) error {
	defined := map[*register]bool{}
	for _, r := range c.regs {
		if r.store == inInput || r.lasting() || r.store == inConst {
			defined[r] = true
		}
	}
	for i, in := range c.instrs {
		for j, r := range in.in {
			if !defined[r] {
				return fmt.Errorf("instruction %d, %s: operand %d is read before it is defined", i, opName(in.op), j)
			}
		}
		for j, r := range in.out {
			switch {
			case defined[r]:
				return fmt.Errorf("instruction %d, %s: result %d is defined twice", i, opName(in.op), j)
			case r.def != in:
				return fmt.Errorf("instruction %d, %s: result %d names another definition", i, opName(in.op), j)
			}
			defined[r] = true
		}
		if in.view {
			continue
		}
		if _, ok := in.op.(foreign); ok {
			continue
		}
		types, err := resultTypes(in.op, typesOfRegs(in.in))
		if err == nil {
			err = checkAnswers(in.op, typesOfRegs(in.in), types)
		}
		if err != nil {
			return fmt.Errorf("instruction %d, %s: %w", i, opName(in.op), err)
		}
		if len(types) != len(in.out) {
			return fmt.Errorf("instruction %d, %s: its Types gives %d results now, it has %d", i, opName(in.op),
				len(types),
				len(in.out))
		}
		for j, t := range types {
			if !t.Equal(in.out[j].t) {
				return fmt.Errorf("instruction %d, %s: result %d is %v, its register %v", i, opName(in.op), j, t,
					in.out[j].t)
			}
		}
	}
	for i, r := range c.results() {
		if r == nil || !defined[r] {
			return fmt.Errorf("result %d is never defined", i)
		}
	}
	return nil
}

func typesOfRegs(regs []*register) []Type {
	types := make([]Type, len(regs))
	for i, r := range regs {
		types[i] = r.t
	}
	return types
}

// verifyLimit is the largest number of units whose plan is checked: the time of the check grows with the square of it.
const verifyLimit = 1000

// verifyPlan checks that no two units that are alive together share a byte.
func verifyPlan(units []*unit) error {
	for i, u := range units {
		for _, v := range units[:i] {
			if u.meets(v) && u.address < v.address+v.size && v.address < u.address+u.size {
				return fmt.Errorf("%s (instructions %d to %d, bytes %d to %d) and %s (instructions %d to %d, bytes "+
					"%d to %d) share memory",
					v.root.name(), v.first, v.last, v.address, v.address+v.size, u.root.name(), u.first, u.last,
					u.address, u.address+u.size)
			}
		}
	}
	return nil
}

package viz

// Faults tells what overlaps, is cut or leads nowhere in a drawing, for tests that import what stands above this
// package.
func Faults(svg string) ([]string, error) {
	d, err := readDrawing(svg)
	if err != nil {
		return nil, err
	}
	return d.check(), nil
}

package conv

// Where windows lie in an image, of convolutions and of pools.

// Span returns the range [lo, hi) of the output positions p < n whose tap lies in the image: p·stride + offset is in
// [0, size), where offset is u·dilation - pad.
func Span(n, size, stride, offset int) (lo, hi int) {
	if offset < 0 {
		lo = (-offset + stride - 1) / stride
	}
	if last := size - 1 - offset; last >= 0 {
		hi = min(n, last/stride+1)
	}
	return min(lo, hi), hi
}

// Taps returns the range [lo, hi) of taps u for which start+u·dilation lies in [0, size).
func Taps(start, dilation, k, size int) (lo, hi int) {
	if start < 0 {
		lo = (-start + dilation - 1) / dilation
	}
	if last := size - 1 - start; last >= 0 {
		hi = min(k, last/dilation+1)
	}
	return min(lo, hi), hi
}

// Which elements of the operands an element of a result is made of: formula.Element.Terms in Go, in the same order, so
// that the page can go on where Go stopped. A test holds the two to each other.

// coordinates are those of a place in row order.
export function coordinates(shape, place) {
	const at = new Array(shape.length);
	for (let k = shape.length - 1; k >= 0; k--) {
		at[k] = place % shape[k];
		place = Math.floor(place / shape[k]);
	}
	return at;
}

// toPlace is the place of coordinates in row order, -1 outside.
export function toPlace(shape, at) {
	let place = 0;
	for (let k = 0; k < shape.length; k++) {
		if (!(at[k] >= 0 && at[k] < shape[k])) return -1;
		place = place * shape[k] + at[k];
	}
	return place;
}

const count = (shape) => shape.reduce((n, d) => n * d, 1);

// repeated is the place in a shape that is broadcast to that of the coordinates.
function repeated(shape, at) {
	return toPlace(
		shape,
		at.slice(at.length - shape.length).map((c, k) => (shape[k] === 1 ? 0 : c)),
	);
}

// termsOf are the terms of an element e at a place of a result: of each operand the place that the term reads, -1 for
// none, and the weight. s is {in, out, index}: shapes, and what an operand of integers holds at a place.
export function termsOf(e, s, result, place) {
	if (result >= s.out.length || !s.in.length || place < 0 || place >= count(s.out[result])) return null;
	const at = coordinates(s.out[result], place);
	switch (e.kind) {
		case 'elementwise':
			return [elementwise(e, s, at)];
		case 'product':
			return product(e, s, at);
		case 'convolution':
			return convolution(e, s, at);
		case 'window':
			return windowTerms(e, s, at);
		case 'reduction':
			return reduction(e, s, at);
		case 'rearrangement':
			return rearrangement(e, s, result, at);
		case 'lookup':
			return lookup(e, s, at);
		case 'along':
			return along(e, s, at);
		default:
			return null;
	}
}

function none(s) {
	return { places: s.in.map(() => -1), weight: 1 };
}

function reading(s, operand, place) {
	const term = none(s);
	term.places[operand] = place;
	return term;
}

function everywhere(s, at) {
	return { places: s.in.map((shape) => (shape.length <= at.length ? repeated(shape, at) : -1)), weight: 1 };
}

// elementwise is the term of all operands. One of a single axis is read by channel in that form.
function elementwise(e, s, at) {
	const t = everywhere(s, at);
	if (e.form === 'channel')
		s.in.forEach((shape, k) => {
			if (shape.length === 1 && at.length > 1) t.places[k] = at[1];
		});
	return t;
}

function product(e, s, at) {
	let [a, b] = s.in;
	if (e.form === 'linear') {
		a = [1, ...a];
		at = [0, ...at];
	}
	const n = at.length;
	const j = at[n - 1];
	const i = n > 1 ? at[n - 2] : 0;
	const turned = (t, x, y) => (t ? [y, x] : [x, y]);
	const inner = e.transA ? a[a.length - 2] : a[a.length - 1];
	const terms = [];
	for (let k = 0; k < inner; k++) {
		const t = none(s);
		t.places[0] = repeated(a, [...at.slice(0, n - 2), ...turned(e.transA, i, k)]);
		t.places[1] = repeated(b, [...at.slice(0, n - 2), ...turned(e.transB, k, j)]);
		terms.push(t);
	}
	if (s.in.length > 2) terms.push(reading(s, 2, j));
	return terms;
}

// Geometry of windows on a plane: height, then width.
const planeOf = (g, shape) => (g.axes === 1 ? [1, shape[2]] : [shape[2], shape[3]]);
const placeIn = (g, shape, n, c, i, j) => toPlace(shape, g.axes === 1 ? [n, c, j] : [n, c, i, j]);
const source = (g, axis, i, u) => i * g.stride[axis] - g.pad[axis] + u * g.dilation[axis];

// windowOf is the window whose tap u reads a coordinate along an axis, -1 for none.
function windowOf(g, axis, coordinate, u, n) {
	const from = coordinate + g.pad[axis] - u * g.dilation[axis];
	const i = from / g.stride[axis];
	return from >= 0 && Number.isInteger(i) && i < n ? i : -1;
}

function convolution(e, s, at) {
	const g = e.geometry;
	if (e.form === 'transposed') return transposed(e, s, at);
	if (e.form === 'weights') return weights(e, s, at);
	const [x, w] = s.in;
	const [n, k] = at;
	const row = g.axes === 2 ? at[2] : 0;
	const column = at[at.length - 1];
	const kernel = planeOf(g, w);
	const first = Math.floor(k / (w[0] / g.groups)) * w[1];
	const terms = [];
	for (let c = 0; c < w[1]; c++)
		for (let u = 0; u < kernel[0]; u++)
			for (let v = 0; v < kernel[1]; v++) {
				const t = none(s);
				t.places[0] = placeIn(g, x, n, first + c, source(g, 0, row, u), source(g, 1, column, v));
				t.places[1] = placeIn(g, w, k, c, u, v);
				if (t.places[0] >= 0) terms.push(t);
			}
	return withBias(terms, s, k);
}

function withBias(terms, s, channel) {
	return s.in.length > 2 ? [...terms, reading(s, 2, channel)] : terms;
}

function transposed(e, s, at) {
	const g = e.geometry;
	const [x, w] = s.in;
	const [n, k] = at;
	const row = g.axes === 2 ? at[2] : 0;
	const column = at[at.length - 1];
	const plane = planeOf(g, x);
	const kernel = planeOf(g, w);
	const group = Math.floor(k / w[1]);
	const channels = w[0] / g.groups;
	const terms = [];
	for (let c = group * channels; c < (group + 1) * channels; c++)
		for (let u = 0; u < kernel[0]; u++)
			for (let v = 0; v < kernel[1]; v++) {
				const i = windowOf(g, 0, row, u, plane[0]);
				const j = windowOf(g, 1, column, v, plane[1]);
				if (i < 0 || j < 0) continue;
				const t = none(s);
				t.places[0] = placeIn(g, x, n, c, i, j);
				t.places[1] = placeIn(g, w, c, k % w[1], u, v);
				terms.push(t);
			}
	return withBias(terms, s, k);
}

function weights(e, s, at) {
	const g = e.geometry;
	const [x, y] = s.in;
	const [k, c] = at;
	const u = g.axes === 2 ? at[2] : 0;
	const v = at[at.length - 1];
	const group = Math.floor(k / (y[1] / g.groups));
	const plane = planeOf(g, y);
	const terms = [];
	for (let n = 0; n < x[0]; n++)
		for (let i = 0; i < plane[0]; i++)
			for (let j = 0; j < plane[1]; j++) {
				const t = none(s);
				t.places[0] = placeIn(g, x, n, group * (x[1] / g.groups) + c, source(g, 0, i, u), source(g, 1, j, v));
				t.places[1] = placeIn(g, y, n, k, i, j);
				if (t.places[0] >= 0) terms.push(t);
			}
	return terms;
}

function windowTerms(e, s, at) {
	if (e.form === 'bins' || e.form === 'spread bins') return bins(e, s, at);
	const g = e.geometry;
	const x = s.in[0];
	const [n, c] = at;
	const row = g.axes === 2 ? at[2] : 0;
	const column = at[at.length - 1];
	const plane = planeOf(g, x);
	const terms = [];
	for (let u = 0; u < g.size[0]; u++)
		for (let v = 0; v < g.size[1]; v++) {
			if (e.form !== 'spread') {
				const p = placeIn(g, x, n, c, source(g, 0, row, u), source(g, 1, column, v));
				if (p >= 0) terms.push(reading(s, 0, p));
				continue;
			}
			const i = windowOf(g, 0, row, u, plane[0]);
			const j = windowOf(g, 1, column, v, plane[1]);
			if (i < 0 || j < 0) continue;
			const t = reading(s, 0, placeIn(g, x, n, c, i, j));
			t.weight = 1 / inWindow(g, i, j, planeOf(g, s.out[0]));
			terms.push(t);
		}
	if (e.fold === 'mean') for (const t of terms) t.weight = 1 / inWindow(g, row, column, plane);
	return terms;
}

// inWindow is what the mean over a window divides by.
function inWindow(g, i, j, plane) {
	return [i, j].reduce((n, start, axis) => {
		let within = 0;
		for (let u = 0; u < g.size[axis]; u++) {
			const at = source(g, axis, start, u);
			if ((at >= 0 && at < plane[axis]) || (!g.excludePad && at < plane[axis] + g.pad[axis + 2])) within++;
		}
		return n * Math.max(within, 1);
	}, 1);
}

function bins(e, s, at) {
	let [x, y] = [s.in[0], s.out[0]];
	if (e.form === 'spread bins') [x, y] = [y, x];
	const counts = y.length === 4 ? [y[2], y[3]] : [1, 1];
	const bin = (axis, i) => [
		Math.floor((i * x[2 + axis]) / counts[axis]),
		Math.floor(((i + 1) * x[2 + axis] + counts[axis] - 1) / counts[axis]),
	];
	const terms = [];
	const cover = (i, j) => [...bin(0, i), ...bin(1, j)];
	if (e.form === 'bins') {
		const [top, bottom, left, right] = cover(at.length === 4 ? at[2] : 0, at.length === 4 ? at[3] : 0);
		for (let r = top; r < bottom; r++)
			for (let c = left; c < right; c++) {
				const t = reading(s, 0, toPlace(x, [at[0], at[1], r, c]));
				if (e.fold === 'mean') t.weight = 1 / ((bottom - top) * (right - left));
				terms.push(t);
			}
		return terms;
	}
	for (let i = 0; i < counts[0]; i++)
		for (let j = 0; j < counts[1]; j++) {
			const [top, bottom, left, right] = cover(i, j);
			if (at[2] < top || at[2] >= bottom || at[3] < left || at[3] >= right) continue;
			const t = reading(s, 0, toPlace(y, [at[0], at[1], i, j].slice(0, y.length)));
			t.weight = 1 / ((bottom - top) * (right - left));
			terms.push(t);
		}
	return terms;
}

function reduction(e, s, at) {
	const x = s.in[0];
	const terms = [];
	if (e.form === 'operands') {
		s.in.forEach((shape, k) => {
			for (let i = 0; i < count(shape); i++) terms.push(reading(s, k, i));
		});
		return terms;
	}
	const n = count(x);
	for (let i = 0; i < n; i++) {
		const c = coordinates(x, i);
		if (e.form === 'places') terms.push(everywhere(s, c));
		else if (belongs(e, c, at, s.out[0])) terms.push(reading(s, 0, i));
	}
	if (e.fold === 'mean') for (const t of terms) t.weight = 1 / Math.max(1, countOf(e, x));
	return terms;
}

// countOf is what n stands for in the formulas, for an operand 0 of a shape; 0 for nothing.
export function countOf(e, shape) {
	if (!e.count) return 0;
	const counts = {
		elements: () => true,
		axes: (k) => (e.axes || []).includes(k),
		rows: (k) => k < shape.length - 1,
		batch: (k) => k === 0,
	}[e.count];
	return shape.reduce((n, d, k) => (counts(k) ? n * d : n), 1);
}

function belongs(e, x, at, out) {
	if (e.form === 'channel') return x[1] === at[0];
	if (e.form === 'to') return repeated(out, x) === toPlace(out, at);
	let next = 0;
	for (let k = 0; k < x.length; k++) {
		if ((e.axes || []).includes(k)) {
			if (e.keep) next++;
			continue;
		}
		if (x[k] !== at[next]) return false;
		next++;
	}
	return true;
}

function rearrangement(e, s, result, at) {
	let x = s.in[0];
	let operand = 0;
	let c = at.slice();
	let place = -1;
	const step = (k) => (e.step && e.step[k] > 0 ? e.step[k] : 1);
	switch (e.form) {
		case 'transpose':
			e.axes.forEach((axis, k) => {
				c[axis] = at[k];
			});
			break;
		case 'repeat':
			return [reading(s, 0, repeated(x, at))];
		case 'channel':
			c = [at[1]];
			break;
		case 'slice':
			c = c.map((v, k) => e.lo[k] + v * step(k));
			break;
		case 'pad':
			for (let k = 0; k < c.length; k++) {
				const from = at[k] - e.lo[k];
				if (from < 0 || from % step(k) !== 0) return [none(s)];
				c[k] = from / step(k);
			}
			break;
		case 'flip':
			for (const axis of e.axes) c[axis] = x[axis] - 1 - at[axis];
			break;
		case 'concat': {
			const axis = e.axis || 0;
			while (operand < s.in.length - 1 && c[axis] >= s.in[operand][axis]) c[axis] -= s.in[operand++][axis];
			x = s.in[operand];
			break;
		}
		case 'split':
			for (const n of e.size.slice(0, result)) c[e.axis || 0] += n;
			break;
		default:
			place = toPlace(s.out[result], at);
	}
	return [reading(s, operand, place < 0 ? toPlace(x, c) : place)];
}

function lookup(e, s, at) {
	if (!s.index || s.in.length < 2) return null;
	const [x, idx] = s.in;
	const axis = e.axis || 0;
	const read = (place, index) => {
		const t = reading(s, 0, place);
		t.places[1] = index;
		return t;
	};
	const terms = [];
	const all = (f) => {
		for (let j = 0; j < count(idx); j++) f(j, coordinates(idx, j));
	};
	switch (e.form) {
		case 'take': {
			const j = toPlace(idx, at.slice(axis, axis + idx.length));
			return [read(toPlace(x, [...at.slice(0, axis), s.index(1, j), ...at.slice(axis + idx.length)]), j)];
		}
		case 'put':
			all((j, c) => {
				if (s.index(1, j) === at[axis])
					terms.push(read(toPlace(x, [...at.slice(0, axis), ...c, ...at.slice(axis + 1)]), j));
			});
			break;
		case 'take along': {
			const j = toPlace(idx, at);
			const c = at.slice();
			c[axis] = s.index(1, j);
			return [read(toPlace(x, c), j)];
		}
		case 'put along':
			all((j, c) => {
				c[axis] = s.index(1, j);
				if (c.every((v, k) => v === at[k])) terms.push(read(j, j));
			});
			break;
		case 'take planes': {
			const j = toPlace(idx, at);
			return [read((at[0] * x[1] + at[1]) * count(x.slice(2)) + s.index(1, j), j)];
		}
		case 'put planes': {
			const inPlane = toPlace(s.out[0], at) % count(s.out[0].slice(2));
			all((j, c) => {
				if (c[0] === at[0] && c[1] === at[1] && s.index(1, j) === inPlane) terms.push(read(j, j));
			});
			break;
		}
	}
	return terms;
}

function along(e, s, at) {
	const x = s.in[0];
	const terms = [];
	const axis = e.axis || 0;
	const group = (c) => Math.floor(c / Math.max(1, Math.floor(x[1] / e.group)));
	for (let i = 0; i < count(x); i++) {
		const c = coordinates(x, i);
		let within = c.every(
			(v, k) =>
				spans(e, k, c.length) ||
				k >= at.length ||
				v === at[k] ||
				(k === 1 && e.group > 0 && group(v) === group(at[k])),
		);
		if (e.form === 'prefix')
			within = within && (c[axis] === at[axis] || c[axis] < at[axis] !== Boolean(e.reverse));
		if (within) terms.push(reading(s, 0, i));
	}
	return terms;
}

function spans(e, axis, rank) {
	if (e.last > 0) return axis >= rank - e.last;
	if (e.group > 0) return axis >= 2;
	if (e.form === 'channel') return axis !== 1;
	if (e.form === 'prefix') return axis === (e.axis || 0);
	return (e.axes || []).includes(axis);
}

// The data of the page: the trace, and what Go has laid out of it. Nothing here knows of the document but the element
// that the data lie in.

export const page = JSON.parse(await read(document.getElementById('data').textContent));
export const trace = page.trace;

// read returns the text of the data, which may be compressed: gzip in base64 begins with H4sI, and JSON does not.
async function read(text) {
	if (!text.startsWith('H4sI')) return text;
	return new Response(new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
}

// bytesOf decodes base64.
function bytesOf(text) {
	const binary = atob(text);
	const bytes = new Uint8Array(binary.length);
	for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
	return bytes;
}

// The views of each run are made once: which instruction computes a node, and which node is whose gradient.
const runs = trace.runs.map((run, k) => {
	for (const n of run.nodes) n.shape ||= []; // of a scalar
	for (const it of run.instructions) it.operands ||= [];
	const makes = new Array(run.nodes.length).fill(-1);
	run.instructions.forEach((it, i) =>
		it.results.forEach((n) => {
			makes[n] = i;
		}),
	);
	// of each loss and node: the sum of the contributions to the node, or the only one
	const grads = (run.losses || [run.loss]).map(() => new Array(run.nodes.length).fill(-1));
	for (const s of run.steps || []) {
		const n = run.nodes[s.of].operands[s.operand];
		const of = grads[s.loss || 0];
		if (of[n] < 0) of[n] = s.d;
	}
	for (const f of run.forks || []) grads[f.loss || 0][f.node] = f.sum;
	run.nodes.forEach((n, i) => {
		const of = grads[n.gradLoss || 0];
		if (n.gradOf >= 0 && of[n.gradOf] < 0) of[n.gradOf] = i;
	});
	const targets = new Map(); // of what is assigned, the parameter or state that takes it
	for (const n of run.nodes) if (n.assigns >= 0 && n.operands) targets.set(n.operands[0], n.assigns);
	const steps = new Map(); // of the reverse pass, by the contribution that each hands on
	for (const s of run.steps || []) steps.set(s.d, [...(steps.get(s.d) || []), s]);
	return { run, makes, grads, targets, steps, ladder: page.ladders[k], cache: new Map() };
});

// viewOf returns the view of run k.
export function viewOf(k) {
	return runs[k];
}

// valueOf returns value n of state s: {data, stats, histogram, at}, where at holds the places of a sample. Empty if
// the trace does not have it. Places after the nodes' are local derivatives; dtype and shape are then those that are
// given.
export function valueOf(view, s, n) {
	const key = s + ' ' + n;
	let v = view.cache.get(key);
	if (!v) {
		v = decode(view, s, n);
		if (view.cache.size > 4000) view.cache.clear();
		view.cache.set(key, v);
	}
	return v;
}

function decode(view, s, n) {
	let raw = view.run.states[s].values[n];
	while (raw && raw.same) raw = view.run.states[raw.same - 1].values[n];
	if (!raw) return {};
	const node = view.run.nodes[n];
	const dtype = node ? node.dtype : view.run.float;
	const v = { stats: raw.stats, histogram: raw.histogram };
	if (raw.data) v.data = numbers(raw.data, dtype);
	if (raw.sample) {
		v.at = raw.sample.at;
		v.sample = numbers(raw.sample.data, dtype);
	}
	return v;
}

// numbers decodes base64 of little-endian elements.
export function numbers(text, dtype) {
	const bytes = bytesOf(text);
	switch (dtype) {
		case 'float32':
			return new Float32Array(bytes.buffer);
		case 'float64':
			return new Float64Array(bytes.buffer);
		default:
			return Float64Array.from(new BigInt64Array(bytes.buffer), Number);
	}
}

// elementOf is one element of a value, undefined where it is not known.
export function elementOf(v, i) {
	if (v.data) return v.data[i];
	if (v.at) {
		const k = v.at.indexOf(i);
		if (k >= 0) return v.sample[k];
	}
	return undefined;
}

export function sizeOf(shape) {
	return shape.reduce((n, d) => n * d, 1);
}

// shapeText writes a shape as in the literature: 64×1×28×28.
export function shapeText(shape) {
	return shape.length ? shape.join('×') : '';
}

// placeOf writes place i of a shape: [1, 0, 3].
export function placeOf(i, shape) {
	const at = [];
	for (let k = shape.length - 1; k >= 0; k--) {
		at.unshift(i % shape[k]);
		i = Math.floor(i / shape[k]);
	}
	return at.length ? '[' + at.join(', ') + ']' : '';
}

// digitsOf is how many digits terms are written with, so that a reader sees them add up to their sum, also where they
// cancel: those that cancel, those of the sum, and one more.
export function digitsOf(terms, sum) {
	const most = Math.max(...terms.map(Math.abs));
	if (!Number.isFinite(most) || most < 2 * Math.abs(sum) || most === 0) return 4;
	if (sum === 0) return terms.length > 2 ? 17 : 4;
	return Math.min(17, 5 + Math.ceil(Math.log10(most / Math.abs(sum))));
}

// short writes a number with four digits, or with as many as are asked for.
export function short(v, digits = 4) {
	if (v === undefined) return '';
	if (Number.isNaN(v)) return 'NaN';
	if (!Number.isFinite(v)) return v > 0 ? '∞' : '−∞';
	const a = Math.abs(v);
	let s;
	if (a !== 0 && (a >= 10 ** Math.max(5, digits) || a < 1e-4)) s = v.toExponential(digits > 4 ? digits - 1 : 2);
	else s = String(Number(v.toPrecision(digits)));
	return s.replace(/-/g, '−');
}

// bytesText writes a number of bytes.
export function bytesText(n) {
	for (const unit of ['B', 'kB', 'MB']) {
		if (n < 1000) return (unit === 'B' ? n : n.toPrecision(3)) + ' ' + unit;
		n /= 1000;
	}
	return n.toPrecision(3) + ' GB';
}

// lossName is what the loss is called at a place of run.losses, which a trace with one loss does not have. A loss that
// the tape does not compute has a question mark.
export function lossName(view, place = 0) {
	const { losses, loss, nodes } = view.run;
	if (losses) return losses[place] < 0 ? '?' : nameOf(view, losses[place]);
	return (loss >= 0 && nodes[loss].called) || 'L';
}

// gradsOf lists the gradients of a node, one for each loss that has one.
export function gradsOf(view, n) {
	return view.grads.map((of, loss) => ({ loss, grad: of[n] })).filter((g) => g.grad >= 0);
}

// nameOf is what a value is called: by the user, or by the tape.
export function nameOf(view, n) {
	const node = view.run.nodes[n];
	if (node.kind !== 'op') return node.name;
	if (node.called) return node.called;
	if (view.run.losses && node.gradOf >= 0 && view.run.nodes[node.gradOf].kind !== 'op')
		return '∂' + lossName(view, node.gradLoss) + '/∂' + view.run.nodes[node.gradOf].name;
	const i = view.makes[n];
	if (i >= 0) {
		const it = view.run.instructions[i];
		return it.registers[it.results.indexOf(n)] || it.registers[0];
	}
	return node.label || node.op;
}

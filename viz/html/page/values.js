// The tab of values: the operands and results of the present instruction, and what a chosen element is made of.

import { el, put } from './dom.js';
import { state, view, stateIndex, pending, instruction } from './state.js';
import { valueOf, nameOf, shapeText, sizeOf, short, placeOf } from './data.js';
import { picture, table, tilesOf, histogram } from './pictures.js';
import { partsOf } from './parts.js';
import { t } from './strings.js';

// drawValues fills the panel.
export function drawValues(panel, redraw) {
	const v = view();
	const i = instruction();
	const list = [];
	const it = i >= 0 ? v.run.instructions[i] : null;
	if (state.picked >= 0) list.push(valueSection(v, state.picked, t('picked'), {}, redraw));
	if (it) {
		const element = Math.min(state.element, sizeOf(v.run.nodes[it.results[0]].shape) - 1);
		const parts = partsOf(v, it, element);
		const operands = it.operands;
		it.results.forEach((n, k) =>
			list.push(
				valueSection(
					v,
					n,
					it.results.length > 1 ? t('result.of', { n: k + 1 }) : t('result'),
					k === 0 ? { marks: { chosen: [element] }, choose: true } : {},
					redraw,
				),
			),
		);
		operands.forEach((n, k) => {
			if (operands.indexOf(n) === k)
				list.push(valueSection(v, n, t('operand', { n: k + 1 }), { marks: { part: parts[k] || [] } }, redraw));
		});
		list.push(el('p', { class: 'quiet' }, t('choose.hint')));
	} else if (state.picked < 0) {
		list.push(el('p', {}, t('values.start')));
		v.run.nodes.forEach((node, n) => {
			if (node.kind === 'input') list.push(valueSection(v, n, t('kind.input'), {}, redraw));
		});
	}
	put(panel, list);
}

const firsts = new Map(); // of a node: the first tile that is shown

// valueSection shows one value as what it is.
function valueSection(v, n, title, { marks = {}, choose = false }, redraw) {
	const node = v.run.nodes[n];
	const value = valueOf(v, stateIndex(), n);
	const secret = pending() && node.phase !== 'forward';
	const tell = el('p', { class: 'tell' }, ' ');
	const section = el(
		'section',
		{ class: 'value ' + classOf(v, n), 'data-node': n },
		el(
			'h2',
			{},
			el('span', { class: 'role' }, title),
			' ',
			el('b', {}, nameOf(v, n)),
			' ',
			el('span', { class: 'quiet' }, [shapeText(node.shape), node.dtype].filter((s) => s).join(' ')),
		),
	);
	section.shown = secret ? null : value; // for those who check the page
	if (secret && node.shape.length) section.append(el('p', {}, t('secret')));
	else if (value.data) section.append(wholeValue(v, n, node, value.data, { marks, choose, secret, tell }, redraw));
	else if (value.stats) section.append(summary(node, value));
	else section.append(el('p', { class: 'quiet' }, t('unknown')));
	if (value.data && value.data.length > 1) section.append(tell);
	return section;
}

// classOf is how a value is coloured: parameter, gradient, state of an optimiser, or data.
export function classOf(v, n) {
	const node = v.run.nodes[n];
	if (node.kind === 'parameter') return 'is-parameter';
	if (node.kind === 'state') return 'is-state';
	if (node.gradOf >= 0 || node.phase === 'backward') return 'is-gradient';
	if (node.assigns >= 0) return v.run.nodes[node.assigns].kind === 'parameter' ? 'is-update' : 'is-state';
	return 'is-data';
}

function wholeValue(v, n, node, data, { marks, choose, secret, tell }, redraw) {
	const shape = node.shape;
	const onTell = (i) => {
		tell.textContent = nameOf(v, n) + placeOf(i, shape) + ' = ' + short(data[i]);
	};
	const onChoose = choose
		? (i) => {
				state.element = i;
				redraw();
			}
		: undefined;
	const label = nameOf(v, n) + ' ' + shapeText(shape) + ', ' + extent(data);
	if (data.length === 1)
		return el(
			'p',
			{ class: 'number', title: secret ? undefined : String(data[0]) },
			secret ? '?' : short(data[0]),
		);
	const { tiles, rows, columns } = tilesOf(shape);
	const seen = marks.part && marks.part.length ? marks.part : marks.chosen || [];
	const numbers = columns <= 12 && rows * columns <= 144;
	const step = numbers ? 1 : 36;
	let first = firsts.get(n) ?? Math.floor((seen[0] ?? 0) / (rows * columns) / step) * step;
	first = Math.min(first, Math.floor((tiles - 1) / step) * step);
	const options = { marks, first, label, onTell, onChoose };
	const box = el('div', { class: 'tiles' }, numbers ? table(data, shape, options) : picture(data, shape, options));
	if (tiles > step) box.prepend(slicer(n, shape, tiles, step, first, redraw));
	return box;
}

// slicer chooses which of the leading axes' tiles are seen.
function slicer(n, shape, tiles, step, first, redraw) {
	const slider = el('input', {
		type: 'range',
		min: 0,
		max: Math.ceil(tiles / step) - 1,
		value: first / step,
		'aria-label': t('slice'),
	});
	slider.addEventListener('change', () => {
		firsts.set(n, Number(slider.value) * step);
		redraw();
	});
	return el('label', { class: 'slicer' }, t('slice'), ' ', placeOf(first, shape.slice(0, -2)), slider);
}

function extent(data) {
	let [lo, hi] = [Infinity, -Infinity];
	for (const x of data) {
		if (x < lo) lo = x;
		if (x > hi) hi = x;
	}
	return t('extent', { min: short(lo), max: short(hi) });
}

// summary shows a large value by its statistics, histogram and a sample.
function summary(node, value) {
	const s = value.stats;
	const rows = [
		[t('stat.min'), s.min],
		[t('stat.max'), s.max],
		[t('stat.mean'), s.mean],
		[t('stat.std'), s.std],
	];
	const list = el(
		'dl',
		{ class: 'stats' },
		rows.flatMap(([name, x]) => [el('dt', {}, name), el('dd', {}, short(x))]),
	);
	const counts = [
		[t('stat.zeros'), s.zeros],
		[t('stat.nan'), s.nan],
		[t('stat.inf'), s.inf],
	];
	for (const [name, x] of counts) if (x) list.append(el('dt', {}, name), el('dd', {}, String(x)));
	const box = el('div', { class: 'summary' }, list);
	if (value.histogram) box.append(histogram(value.histogram.counts, s));
	if (value.sample) {
		box.append(
			el(
				'table',
				{ class: 'sample' },
				el('caption', {}, t('sample', { n: value.sample.length })),
				el(
					'tbody',
					{},
					Array.from(value.sample)
						.slice(0, 12)
						.map((x, k) =>
							el(
								'tr',
								{},
								el('th', { scope: 'row' }, placeOf(value.at[k], node.shape)),
								el('td', { title: String(x) }, short(x)),
							),
						),
				),
			),
		);
	}
	return box;
}

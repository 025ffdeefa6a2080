// The tab of memory: the registers over time, and why a value is kept.

import { el, svg, put } from './dom.js';
import { state, view, instruction } from './state.js';
import { bytesText, nameOf } from './data.js';
import { t } from './strings.js';

const width = 460;
const mostBars = 60;
const left = 110; // of what has a time: names stand before it

export function drawMemory(panel, onJump) {
	const run = view().run;
	const i = instruction();
	const list = [];
	if (i >= 0) {
		const it = run.instructions[i];
		const needed = (run.arena || []).filter((r) => r.from <= i && i <= r.to);
		list.push(
			el('p', {}, t('memory.live', { n: needed.length, bytes: bytesText(bytesOf(needed)) })),
			kept(view(), it, onJump),
			reads(view(), i, onJump),
		);
	} else list.push(el('p', {}, t('memory.start')));
	list.push(el('h2', {}, t('memory.over')), liveChart(run, i), bars(run, i));
	if (run.fast) list.push(el('h2', {}, t('fast.title', { n: run.fast.instructions })), usual(run.fast));
	put(panel, list);
}

// usual says what memory the usual tape of the same graph needs.
export function usual(fast) {
	const text = fast.arena
		? t('fast.about', { arena: bytesText(fast.arena), values: bytesText(fast.values) })
		: t('fast.none');
	return el('p', { class: 'quiet' }, text);
}

const bytesOf = (registers) => registers.reduce((sum, r) => sum + r.bytes, 0);

// needed is how many bytes there are of values that were computed and will be read, while each instruction runs.
function needed(run) {
	const change = new Array(run.instructions.length + 1).fill(0);
	for (const r of run.arena || []) {
		change[r.from] += r.bytes;
		change[r.to + 1] -= r.bytes;
	}
	let sum = 0;
	return run.instructions.map((_, i) => (sum += change[i]));
}

// kept says which instructions of the backward pass a value waits for.
function kept(v, it, onJump) {
	const saved = it.savedFor || [];
	if (it.phase !== 'forward') return null;
	if (!saved.length) return el('p', { class: 'quiet' }, t('memory.free'));
	return el('p', {}, t('memory.kept', { name: nameOf(v, it.results[0]) }), ' ', links(v, saved, onJump));
}

// reads says which kept values the present instruction reads.
function reads(v, i, onJump) {
	const from = v.run.instructions
		.map((it, k) => k)
		.filter((k) => (v.run.instructions[k].savedFor || []).includes(i));
	return from.length ? el('p', {}, t('memory.reads'), ' ', links(v, from, onJump)) : null;
}

function links(v, list, onJump) {
	return list.map((k, j) => [
		j > 0 ? ' · ' : '',
		el(
			'button',
			{ type: 'button', class: 'link', onclick: () => onJump(k) },
			k +
				' ' +
				(v.run.nodes[v.run.instructions[k].results[0]].label ||
					v.run.instructions[k].text.split(' ')[2] ||
					''),
		),
	]);
}

const [chartTop, chartFoot] = [14, 74];

// liveChart draws the bytes that are needed while each instruction runs.
function liveChart(run, i) {
	const bytes = needed(run);
	const most = Math.max(1, ...bytes);
	const n = run.instructions.length;
	const x = (k) => (left + ((width - left) * k) / n).toFixed(1);
	const y = (b) => (chartFoot - ((chartFoot - chartTop) * b) / most).toFixed(1);
	const steps = bytes.map((b, k) => `L${x(k)} ${y(b)}L${x(k + 1)} ${y(b)}`).join('');
	return svg(
		'svg',
		{
			class: 'live-chart',
			viewBox: `0 0 ${width} ${chartFoot + 20}`,
			role: 'img',
			'aria-label': t('memory.chart', { bytes: bytesText(most) }),
		},
		svg('path', { d: `M${left} ${chartFoot}${steps}L${width} ${chartFoot}Z` }),
		svg('path', { class: 'axis', d: `M${left - 4} ${chartTop}H${left}V${chartFoot}H${left - 4}` }),
		chartText(left - 8, chartTop + 4, 'end', bytesText(most)),
		chartText(left - 8, chartFoot + 4, 'end', '0 B'),
		chartText(left, chartFoot + 16, 'start', t('memory.first')),
		chartText(width, chartFoot + 16, 'end', t('memory.last', { n })),
		i >= 0 ? svg('path', { class: 'cursor', d: `M${x(i + 0.5)} 4V${chartFoot}` }) : null,
	);
}

function chartText(x, y, anchor, text) {
	return svg('text', { x, y, 'text-anchor': anchor }, text);
}

// bars draws registers over time: those that are alive now first, and among them the largest.
function bars(run, i) {
	const all = (run.arena || []).map((r, k) => ({ ...r, k }));
	if (!all.length) return null;
	const alive = (r) => r.from <= i && i <= r.to;
	const list = all
		.sort((a, b) => alive(b) - alive(a) || b.bytes - a.bytes || a.k - b.k)
		.slice(0, mostBars)
		.sort((a, b) => a.from - b.from || a.k - b.k);
	const n = run.instructions.length;
	const rows = list.map((r, k) => {
		const x = left + ((width - left) * r.from) / n;
		return svg(
			'g',
			{ class: alive(r) ? 'alive' : 'dead' },
			svg('title', {}, `${r.name} · ${bytesText(r.bytes)} · ${r.from}–${r.to}`),
			svg('text', { x: 0, y: 14 * k + 11 }, r.name.length > 15 ? r.name.slice(0, 14) + '…' : r.name),
			svg('rect', {
				x,
				y: 14 * k + 2,
				width: Math.max(2, ((width - left) * (r.to + 1 - r.from)) / n),
				height: 10,
				rx: 2,
			}),
		);
	});
	const h = 14 * list.length + 4;
	return el(
		'div',
		{},
		el(
			'ul',
			{ class: 'swatches' },
			i >= 0 ? el('li', { class: 'alive' }, t('memory.key.alive')) : null,
			el('li', { class: 'dead' }, t('memory.key.dead')),
		),
		svg(
			'svg',
			{
				class: 'registers',
				viewBox: `0 0 ${width} ${h}`,
				role: 'img',
				'aria-label': t('memory.registers', { n: all.length }),
			},
			rows,
			i >= 0 ? svg('path', { class: 'cursor', d: `M${left + ((width - left) * (i + 0.5)) / n} 0V${h}` }) : null,
		),
		all.length > list.length
			? el('p', { class: 'quiet' }, t('memory.more', { n: all.length - list.length }))
			: null,
	);
}

// The ladder: boxes are buttons, wires are paths below them. Only what can be seen is in the document.

import { el, svg, put } from './dom.js';
import { state, view, stateIndex, isOpen, toggle, pending } from './state.js';
import { valueOf, short, shapeText, nameOf, lossName, gradsOf } from './data.js';
import { boxShape } from './shapes.js';
import { scaleOf, thumbnail } from './pictures.js';
import { hiddenIn } from './steps.js';
import { gloss, opTitle } from './parts.js';
import { t } from './strings.js';

const rowGap = 24;
const titleBar = 24;
const framePad = 8;
const closedHeight = 44;
const top = 34;
const beyond = 250; // pixels above and below what is seen
const paper = 690; // pixels across a sheet of A4 or Letter, without its margins

let root;
let sheet; // as high as the whole ladder
let wires;
let hot;
let frameLayer;
let boxLayer;
let place; // where all is with the scopes that are open
let placedFor = '';
let wiredFor = ''; // where, and which part
const shown = new Map(); // key of an item: its elements
let act;

// makeLadder fills the pane. onJump is called with an instruction, onPick with a leaf, onScope with a frame.
export function makeLadder(element, actions) {
	root = element;
	act = actions;
	wires = svg('g', { class: 'wires' });
	hot = svg('g', { class: 'hot' });
	frameLayer = svg('g', { class: 'frames' });
	boxLayer = el('div', { class: 'boxes' });
	sheet = el(
		'div',
		{ class: 'sheet' },
		svg('svg', { 'aria-hidden': 'true', class: 'under' }, markers(), frameLayer, wires, hot),
		boxLayer,
	);
	put(root, sheet);
	root.addEventListener(
		'scroll',
		() => {
			Object.assign(sight, { top: root.scrollTop, left: root.scrollLeft });
			requestAnimationFrame(() => drawSeen());
		},
		{ passive: true },
	);
	new ResizeObserver(measure).observe(root);
	addEventListener('beforeprint', () => drawSeen(1500)); // a sheet of paper shows more than the window
	measure();
}

// The part that is in sight. It is kept here, since to ask the document for it at each step would lay out the whole
// page.
const sight = { top: 0, left: 0, width: 0, height: 0 };

function look() {
	Object.assign(sight, {
		top: root.scrollTop,
		left: root.scrollLeft,
		width: root.clientWidth,
		height: root.clientHeight,
	});
}

function measure() {
	look();
	drawSeen();
}

function scrollTo(top, left = sight.left) {
	sight.top = Math.max(0, Math.min(top, place.height - sight.height));
	sight.left = Math.max(0, left);
	root.scrollTop = sight.top;
	root.scrollLeft = sight.left;
}

function markers() {
	const arrow = (id, open) =>
		svg(
			'marker',
			{
				id,
				viewBox: '0 0 8 8',
				refX: 7,
				refY: 4,
				markerWidth: 7,
				markerHeight: 7,
				orient: 'auto-start-reverse',
				markerUnits: 'userSpaceOnUse',
			},
			svg('path', { d: 'M1 1L7 4L1 7' + (open ? '' : 'Z'), class: open ? 'arrow open' : 'arrow' }),
		);
	return svg('defs', {}, arrow('ahead', false), arrow('aback', true));
}

// placement computes where the rows are: prefix sums over those that are seen.
function placement() {
	const { rows, frames } = view().ladder;
	const p = {
		rowY: new Array(rows.length),
		areas: [],
		items: [],
		open: [],
		closedY: new Array(frames.length),
		height: 0,
	};
	let y = top;
	let r = 0;
	const enter = (f) => {
		p.open[f] = { y };
		y += titleBar;
	};
	const leave = (f) => {
		y += framePad - rowGap + 6;
		p.open[f].end = y;
		y += rowGap - 6;
	};
	let inside = [];
	while (r < rows.length) {
		const chain = [];
		for (let f = rows[r].f; f >= 0; f = frames[f].parent) chain.unshift(f);
		while (inside.length && !chain.includes(inside[inside.length - 1])) leave(inside.pop());
		let closed = -1;
		for (const f of chain) {
			if (inside.includes(f)) continue;
			if (!isOpen(f)) {
				closed = f;
				break;
			}
			enter(f);
			inside.push(f);
		}
		if (closed >= 0) {
			p.closedY[closed] = y;
			p.items.push({ frame: closed, y, h: closedHeight });
			y += closedHeight + rowGap;
			r = frames[closed].last + 1;
		} else {
			p.rowY[r] = y;
			p.items.push({ row: r, y, h: rows[r].h });
			y += rows[r].h + rowGap;
			r++;
		}
	}
	while (inside.length) leave(inside.pop());
	p.height = y + 10;
	return p;
}

// closedOver is the outermost closed frame over row r, -1 for none.
function closedOver(r) {
	const { rows, frames } = view().ladder;
	let found = -1;
	for (let f = rows[r].f; f >= 0; f = frames[f].parent) if (!isOpen(f)) found = f;
	return found;
}

// areaOf is where box k is: its own place, or that of the closed frame that it is in.
function areaOf(k) {
	return (place.areas[k] ||= areaNow(k));
}

function areaNow(k) {
	const ladder = view().ladder;
	const b = ladder.boxes[k];
	const c = ladder.columns[b.c];
	const f = closedOver(b.r);
	if (f >= 0) return { key: 'f' + f + '.' + b.c, x: c.x, y: place.closedY[f], w: c.w, h: closedHeight };
	return { key: 'b' + k, x: c.x, y: place.rowY[b.r] + b.y, w: c.w, h: b.h };
}

// drawLadder draws the present state. With follow the present instruction is brought into sight.
export function drawLadder(follow) {
	const v = view();
	const key = [v.run.name.en, state.setting, state.lang, [...state.toggled].sort().join()].join('|');
	if (key !== placedFor) {
		placedFor = key;
		place = placement();
		for (const it of shown.values()) it.forEach((e) => e.remove());
		shown.clear();
		sheet.style.width = v.ladder.width + 'px';
		sheet.style.height = place.height + 'px';
		sheet.style.setProperty('--fit', Math.min(1, paper / v.ladder.width).toFixed(3)); // of the print
		drawHeadings();
		drawFrames();
		look();
	}
	if (follow) bringIntoSight();
	drawSeen();
}

function drawHeadings() {
	for (const h of boxLayer.querySelectorAll('.heading')) h.remove();
	const texts = [t('column.params'), t('column.forward'), t('column.backward'), t('column.grads')];
	view().ladder.columns.forEach((c, i) => {
		if (!c.w) return;
		const h = el('div', { class: 'heading' }, texts[i]);
		setBox(h, c.x, 8, c.w, 18);
		boxLayer.append(h);
	});
}

function setBox(e, x, y, w, h) {
	e.style.left = x + 'px';
	e.style.top = y + 'px';
	e.style.width = w + 'px';
	e.style.height = h + 'px';
}

// drawFrames draws the open scopes and their titles, which close them.
function drawFrames() {
	const ladder = view().ladder;
	put(frameLayer);
	for (const e of boxLayer.querySelectorAll('.frame-title')) e.remove();
	place.open.forEach((o, f) => {
		const inset = 6 + 8 * ladder.frames[f].depth;
		const w = ladder.width - 2 * inset;
		frameLayer.append(svg('rect', { x: inset, y: o.y, width: w, height: o.end - o.y, rx: 8 }));
		const title = frameTitle(ladder.frames[f]);
		const b = el(
			'button',
			{
				type: 'button',
				class: 'frame-title',
				'aria-expanded': 'true',
				title: t('scope.close', { name: title }),
				onclick: () => act.onScope(f),
			},
			el('span', { 'aria-hidden': 'true' }, '▾ '),
			title,
		);
		setBox(b, inset + 6, o.y + 1, Math.min(w - 12, 320), 20);
		boxLayer.append(b);
	});
}

export function frameTitle(frame) {
	return frame.update ? t('phase.update') : frame.title;
}

// bringIntoSight scrolls so far that the present box can be seen.
function bringIntoSight() {
	if (state.at < 1) {
		if (sight.top > 0) scrollTo(0);
		return;
	}
	const a = areaOf(view().ladder.of[state.at - 1]);
	const margin = Math.min(90, sight.height / 5);
	const low = a.y < sight.top + margin && sight.top > 0;
	const high = a.y + a.h > sight.top + sight.height - margin && sight.top < place.height - sight.height - 1;
	const left = asideOf(a);
	if (low || high || left !== sight.left) scrollTo(low || high ? a.y + a.h / 2 - sight.height / 2 : sight.top, left);
}

// asideOf is how far to scroll to the side so that a box is seen: not at all where that will do.
function asideOf(a) {
	const margin = 12;
	if (a.x >= sight.left && a.x + a.w <= sight.left + sight.width) return sight.left;
	return a.x + a.w + margin <= sight.width ? 0 : a.x < sight.left ? a.x - margin : a.x + a.w + margin - sight.width;
}

// drawSeen makes the items that can be seen, takes the others out, and marks their state.
function drawSeen(around = beyond) {
	if (!place) return;
	const lo = sight.top - around;
	const hi = sight.top + sight.height + around;
	const keep = new Set();
	for (const it of place.items) {
		if (it.y + it.h < lo || it.y > hi) continue;
		const key = it.frame !== undefined ? 'f' + it.frame : 'r' + it.row;
		keep.add(key);
		if (!shown.has(key)) {
			const made = it.frame !== undefined ? closedBoxes(it.frame) : rowBoxes(it.row);
			shown.set(key, made);
			boxLayer.append(...made);
		}
	}
	for (const [key, elements] of shown) {
		if (keep.has(key)) continue;
		elements.forEach((e) => e.remove());
		shown.delete(key);
	}
	drawWires(lo, hi);
	mark();
}

let boxesOfRow = new WeakMap();

function rowList(ladder) {
	let list = boxesOfRow.get(ladder);
	if (!list) {
		list = ladder.rows.map(() => []);
		ladder.boxes.forEach((b, k) => list[b.r].push(k));
		boxesOfRow.set(ladder, list);
	}
	return list;
}

function rowBoxes(r) {
	const v = view();
	return rowList(v.ladder)[r].map((k) => {
		const b = v.ladder.boxes[k];
		const a = areaOf(k);
		const node = v.run.nodes[b.node];
		const e = el(
			'button',
			{
				type: 'button',
				class: 'box kind-' + b.kind,
				tabindex: '-1',
				'data-box': k,
				'data-node': b.node,
				'data-instruction': b.i >= 0 ? b.i : undefined,
				onclick: () => (b.i >= 0 ? act.onJump(b.i) : act.onPick(b.node)),
			},
			boxShape(b.kind, a.w, a.h),
			el('span', { class: 'unseen' }, kindOf(node, b)),
			el('span', { class: 'title' }, fitted(titleOf(v, b), roomOf(a, b)), register(v, b, a)),
		);
		const size = node.kind === 'constant' ? '' : shapeText(node.shape);
		if (b.h > 30) e.append(el('span', { class: 'value' }, size));
		else if (size) e.querySelector('.title').append(el('small', {}, ' ' + size));
		if (b.picture) e.append(pictures(v, b.node) || '');
		else if (b.h > 50) e.append(el('span', { class: 'gradient' }));
		e.append(el('span', { class: 'unseen later' }));
		const about = whole(v, b) + (size ? ' · ' + size : '') + (node.scope ? ' · ' + node.scope : '');
		e.title = [about, gloss(v, b.node)].filter((s) => s).join('\n');
		setBox(e, a.x, a.y, a.w, a.h);
		return e;
	});
}

// titleOf is the title of a box in the language of the page.
const titleOf = (v, b) => opTitle(v, b.node, b.title);

// whole is the name of a box, not shortened by its scope.
function whole(v, b) {
	const name = nameOf(v, b.node);
	return name.startsWith('%') ? titleOf(v, b) + ' ' + name : name;
}

// register is the name of an op's result on the tape, beside the title, so that what is said of it is found.
function register(v, b, a) {
	const name = b.i >= 0 && b.c !== 3 && b.kind !== 'constant' ? nameOf(v, b.node) : '';
	const fits = name.startsWith('%') && b.h > 30 && widthOf(titleOf(v, b) + ' ' + name) <= roomOf(a, b);
	return fits ? el('small', {}, ' ' + name) : null;
}

// pictures shows the first examples of an input of pictures.
function pictures(v, n) {
	const data = valueOf(v, stateIndex(), n).data;
	const shape = v.run.nodes[n].shape;
	const [rows, columns] = shape.length === 4 ? shape.slice(2) : [28, 28];
	const size = shape.length === 4 ? shape[1] * rows * columns : rows * columns;
	if (!data) return null;
	const most = scaleOf(data);
	const list = Array.from({ length: Math.min(3, shape[0]) }, (_, i) =>
		thumbnail(data, i * size, rows, columns, most),
	);
	return el('span', { class: 'pictures' }, list);
}

const pen = new OffscreenCanvas(1, 1).getContext('2d');
const widths = new Map(); // of texts that were measured

// widthOf is how wide a title is, in pixels.
function widthOf(text) {
	if (!widths.has(text)) {
		pen.font = '600 13px ' + getComputedStyle(document.body).fontFamily;
		widths.set(text, pen.measureText(text).width);
	}
	return widths.get(text);
}

// roomOf is how wide the title of a box may be: the box without its padding.
const roomOf = (a, b) => a.w - (['input', 'loss', 'pool'].includes(b.kind) ? 30 : 18);

// fitted shortens a name to what fits: by what stands before its last part, or else in the middle.
function fitted(name, room) {
	if (widthOf(name) <= room) return name;
	const c = [...name];
	const last = name.lastIndexOf('.') + 1;
	const tail = last && widthOf('…' + name.slice(last)) <= room ? c.length - [...name.slice(0, last)].length : 0;
	for (let most = c.length - 1; most > 1; most--) {
		const end = Math.max(tail, Math.floor(most / 2));
		const s = c.slice(0, Math.max(0, most - end)).join('') + '…' + c.slice(c.length - end).join('');
		if (widthOf(s) <= room) return s;
	}
	return '…';
}

function closedBoxes(f) {
	const v = view();
	const frame = v.ladder.frames[f];
	const title = frameTitle(frame);
	return frame.boxes
		.map((count, c) => {
			if (!count) return null;
			const col = v.ladder.columns[c];
			const text = [
				beside(frame),
				title,
				(frame.update ? '→ ' : '∂ ') + title,
				t('count.grads', { n: count }),
			][c];
			const states = frame.params && frame.states ? t('count.states', { n: frame.states }) : title;
			const sub = [states, t('count.ops', { n: count }), t('count.ops', { n: count }), title][c];
			const e = el(
				'button',
				{
					type: 'button',
					class: 'box closed kind-' + ['parameter', 'scope', 'scopeback', 'grad'][c],
					tabindex: '-1',
					'aria-expanded': 'false',
					title: t('scope.open', { name: title }),
					'data-frame': f,
					'data-column': c,
					onclick: () => act.onScope(f),
				},
				boxShape(
					c === 0 ? 'parameter' : c === 3 ? 'grad' : frame.times ? 'stack' : 'scope',
					col.w,
					closedHeight,
				),
				el(
					'span',
					{ class: 'title' },
					c === 1 || c === 2 ? el('i', { 'aria-hidden': 'true' }, '▸ ') : null,
					fitted(text, col.w - (c % 3 ? 36 : 18)),
				),
				el('span', { class: 'value' }, fitted(sub, col.w - 18)),
			);
			setBox(e, col.x, place.closedY[f], col.w, closedHeight);
			return e;
		})
		.filter((e) => e);
}

// beside says what there is in the column of parameters of a closed frame.
function beside(frame) {
	if (frame.params) return t('count.params', { n: frame.params });
	if (frame.states) return t('count.states', { n: frame.states });
	return t('count.others', { n: frame.others });
}

// mark writes what changes from step to step: what is done, what is looked at, the small values.
function mark() {
	const v = view();
	const now = state.at - 1;
	const it = now >= 0 ? v.run.instructions[now] : null;
	const operands = new Set(it ? it.operands : []);
	const row = now >= 0 ? v.ladder.boxes[v.ladder.of[now]].r : -1;
	const closedNow = now >= 0 ? hiddenIn(now) : -1;
	for (const elements of shown.values()) {
		for (const e of elements) {
			const c = e.classList;
			if (e.dataset.frame !== undefined) {
				c.toggle(
					'now',
					Number(e.dataset.frame) === closedNow &&
						Number(e.dataset.column) === v.ladder.boxes[v.ladder.of[now]].c,
				);
				c.toggle('done', frameBegun(v, Number(e.dataset.frame), Number(e.dataset.column)));
				continue;
			}
			const b = v.ladder.boxes[Number(e.dataset.box)];
			const done = b.i >= 0 ? b.i <= now : v.makes[b.node] <= now;
			c.toggle('now', b.i >= 0 && b.i === now);
			c.toggle('operand', b.i !== now && operands.has(b.node) && (b.i >= 0 || b.c === 1 || b.r === row));
			c.toggle('done', done);
			c.toggle('picked', b.i < 0 && b.node === state.picked);
			c.toggle('alarmed', done && alarmed(v).has(b.node) && !hides(v, b.node));
			writeValues(v, e, b, done);
			say(e, 'later', done ? '' : ', ' + t('notyet'));
			if (b.i >= 0 && b.i === now) e.setAttribute('aria-current', 'step');
			else e.removeAttribute('aria-current');
		}
	}
	drawHot(it);
}

const alarmSets = new WeakMap();

function alarmed(v) {
	const s = v.run.states[stateIndex()];
	let set = alarmSets.get(s);
	if (!set) alarmSets.set(s, (set = new Set((s.alarms || []).map((a) => a.node))));
	return set;
}

const begun = new WeakMap(); // of a ladder: of each frame and column, its first instruction

function frameBegun(v, f, c) {
	let list = begun.get(v.ladder);
	if (!list) {
		list = v.ladder.frames.map(() => [Infinity, Infinity, Infinity, Infinity]);
		v.ladder.boxes.forEach((b) => {
			for (let g = v.ladder.rows[b.r].f; g >= 0; g = v.ladder.frames[g].parent)
				list[g][b.c] = Math.min(list[g][b.c], b.i);
		});
		begun.set(v.ladder, list);
	}
	return list[f][c] < state.at;
}

function writeValues(v, e, b, done) {
	if (!b.small) return;
	if (b.h > 30) say(e, 'value', inside(v, b.node, done));
	if (b.h > 50 && !b.picture) say(e, 'gradient', gradientText(v, b.node));
}

// gradientText writes the gradient of a node; of several losses, that which was computed last.
function gradientText(v, n) {
	const computed = gradsOf(v, n).filter(({ grad }) => v.makes[grad] < state.at);
	if (!computed.length) return '';
	const { loss, grad } = computed.reduce((a, b) => (v.makes[b.grad] > v.makes[a.grad] ? b : a));
	return '∂' + (v.run.losses ? lossName(v, loss) : '') + ' ' + inside(v, grad, true);
}

// say writes a text of a box, if it is another: what is written anew is laid out anew.
function say(e, part, text) {
	const at = (e['of' + part] ||= e.querySelector('.' + part));
	if (at.textContent !== text) at.textContent = text;
}

// hides reports whether a question waits that value n would answer.
function hides(v, n) {
	return pending() && v.run.nodes[n].phase !== 'forward';
}

// inside writes the elements of a small value. Nothing is known of what was not computed yet.
function inside(v, n, done) {
	if (!done) return '';
	if (hides(v, n)) return '?';
	const data = valueOf(v, stateIndex(), n).data;
	return data ? Array.from(data, (x) => threeDigits(x, data.length)).join('  ') : shapeText(v.run.nodes[n].shape);
}

function threeDigits(x, n) {
	return short(
		n > 2 && Number.isFinite(x)
			? Number(x.toPrecision(2))
			: n > 1 && Number.isFinite(x)
				? Number(x.toPrecision(3))
				: x,
	);
}

// kindOf tells those who do not see its form what a box is.
function kindOf(node, b) {
	if (b.i >= 0) return t('box.instruction', { n: b.i }) + ' ';
	return kindName(node.kind) + ' ';
}

function kindName(kind) {
	switch (kind) {
		case 'input':
			return t('kind.input');
		case 'parameter':
			return t('kind.parameter');
		case 'state':
			return t('kind.state');
		case 'constant':
			return t('kind.constant');
		default:
			return t('kind.op');
	}
}

// drawWires draws the wires that pass through what can be seen. Wires between the same two places are one.
function drawWires(lo, hi) {
	const key = [placedFor, lo, hi].join('|');
	if (key === wiredFor) return;
	wiredFor = key;
	const ladder = view().ladder;
	const list = [];
	const seen = new Set();
	for (const w of ladder.wires) {
		const a = areaOf(w.a);
		const b = areaOf(w.b);
		if (a.key === b.key) continue;
		const [y0, y1] = a.y < b.y ? [a.y, b.y] : [b.y, a.y];
		if (y1 + 60 < lo || y0 > hi) continue;
		const ends = a.key + '>' + b.key + w.s;
		const twice = seen.has(ends);
		if (twice && a.key[0] === 'f') continue;
		seen.add(ends);
		list.push(
			svg('path', {
				d: wirePath(w, a, b, ladder, twice ? 6 : 0),
				class: 'wire ' + wireKind(w, ladder),
				'marker-end': wireKind(w, ladder) === 'ahead' ? 'url(#ahead)' : 'url(#aback)',
				'data-from': ladder.boxes[w.a].node,
				'data-to': ladder.boxes[w.b].node,
			}),
		);
	}
	put(wires, list);
}

function wireKind(w, ladder) {
	return w.s === 'forward' || w.s === 'param'
		? 'ahead'
		: w.s === 'across'
			? 'assign'
			: ladder.boxes[w.b].kind === 'update'
				? 'aback given'
				: 'aback';
}

// wirePath is the path of a wire: straight, through its lane, or two stubs.
function wirePath(w, a, b, ladder, shift) {
	const fromBack = ladder.boxes[w.a].c >= 2;
	const ya = a.y + a.h / 2;
	const yb = b.y + b.h / 2 + shift;
	if (w.s === 'param') return `M${a.x + a.w} ${ya}L${b.x - 1} ${Math.max(b.y + 9, Math.min(b.y + b.h - 9, ya))}`;
	if (w.s === 'across') return `M${a.x + a.w} ${ya}L${b.x - 1} ${yb}`;
	if (w.s === 'forward' && w.l === -1) return `M${a.x + a.w / 2 + shift} ${a.y + a.h}V${b.y - 1}`;
	if (w.s === 'backward' && w.l === -1) return `M${a.x + a.w / 2 + shift} ${a.y}V${b.y + b.h + 1}`;
	if (w.s === 'forward') {
		if (w.l === -2) return `M${a.x + a.w} ${ya}h8M${b.x + b.w + 10} ${b.y + 8}h-9`;
		const x = ladder.columns[1].lanes + 9 * w.l;
		return bent(a.x + a.w, ya, x, b.x + b.w + 1, b.y + Math.min(10 + 5 * w.l, b.h / 2) + shift);
	}
	if (w.s === 'backward') {
		if (w.l === -2) return `M${a.x} ${ya}h-8M${b.x - 10} ${b.y + b.h - 8}h9`;
		const x = ladder.columns[2].lanes - 9 * w.l;
		return bent(a.x, ya, x, b.x - 1, b.y + b.h - Math.min(10 + 5 * w.l, b.h / 2) - shift);
	}
	if (w.l === -2) return `M${a.x} ${ya}h-20`; // a gradient on its way to the update
	const x = ladder.columns[3].lanes ? ladder.columns[3].lanes - 9 * Math.max(w.l, 0) : a.x + a.w + 12;
	const x0 = ladder.boxes[w.a].c === 2 && fromBack ? a.x + a.w : a.x;
	const x1 = ladder.boxes[w.b].c === 2 ? b.x + b.w + 1 : b.x - 1;
	return bent(x0, ya, x, x1, yb);
}

// bent goes from (x0, y0) to lane x, along it to y1, and to x1, with rounded corners.
function bent(x0, y0, x, x1, y1) {
	if (Math.abs(y1 - y0) < 2) return `M${x0} ${y0}H${x1}`;
	const s = Math.sign(y1 - y0);
	const r = Math.min(6, Math.abs(y1 - y0) / 2);
	const a = Math.sign(x - x0) || 1;
	const b = Math.sign(x1 - x) || 1;
	return `M${x0} ${y0}H${x - a * r}Q${x} ${y0} ${x} ${y0 + s * r}V${y1 - s * r}Q${x} ${y1} ${x + b * r} ${y1}H${x1}`;
}

// drawHot draws where the operands of the present instruction come from.
function drawHot(it) {
	if (!it) {
		put(hot);
		return;
	}
	const v = view();
	const to = areaOf(v.ladder.of[state.at - 1]);
	const boxOf = (n) => {
		const r = v.ladder.boxes[v.ladder.of[state.at - 1]].r;
		const near = rowList(v.ladder)[r].find((k) => v.ladder.boxes[k].node === n);
		if (near === undefined && v.makes[n] >= 0) return v.ladder.of[v.makes[n]];
		return near ?? v.ladder.boxes.findIndex((b) => b.node === n);
	};
	put(
		hot,
		it.operands.map((n) => {
			const k = boxOf(n);
			if (k < 0) return null;
			const a = areaOf(k);
			if (a.key === to.key) return null;
			const saved = v.run.nodes[n].phase === 'forward' && it.phase === 'backward';
			return svg('path', { d: between(k, a, to), class: 'hotwire ' + (saved ? 'saved' : v.run.nodes[n].phase) });
		}),
	);
}

// between leads from box k to the present one: round boxes of columns between, above both.
function between(k, a, to) {
	const ladder = view().ladder;
	const from = ladder.boxes[k];
	const now = ladder.boxes[ladder.of[state.at - 1]];
	const crossed = rowList(ladder)[now.r].some(
		(j) => (ladder.boxes[j].c - from.c) * (ladder.boxes[j].c - now.c) < 0 && areaOf(j).key[0] === 'b',
	);
	if (from.r !== now.r || !crossed) return direct(a, to);
	const y = place.rowY[now.r] - 9;
	const [x0, x1] = a.x > to.x ? [a.x, to.x + to.w] : [a.x + a.w, to.x];
	const out = 10 * Math.sign(x1 - x0);
	const [y0, y1] = [a.y + a.h / 2, to.y + to.h / 2];
	return `M${x0} ${y0}h${out}V${y}H${x1 - out}V${y1}h${out}`;
}

// direct is a curve from the side of one box to that of another.
function direct(a, b) {
	if (a.x + a.w <= b.x) return curve(a.x + a.w, a.y + a.h / 2, b.x, b.y + b.h / 2);
	if (b.x + b.w <= a.x) return curve(a.x, a.y + a.h / 2, b.x + b.w, b.y + b.h / 2);
	const down = a.y < b.y;
	const [y0, y1] = down ? [a.y + a.h, b.y] : [a.y, b.y + b.h];
	if (Math.abs(y1 - y0) < 2 * rowGap) return `M${a.x + a.w / 2} ${y0}L${b.x + b.w / 2} ${y1}`;
	const x = a.x + a.w + 36; // around what stands between
	return `M${a.x + a.w} ${a.y + a.h / 2}C${x} ${a.y + a.h / 2} ${x} ${b.y + b.h / 2} ${b.x + b.w} ${b.y + b.h / 2}`;
}

function curve(x0, y0, x1, y1) {
	const m = (x0 + x1) / 2;
	return `M${x0} ${y0}C${m} ${y0} ${m} ${y1} ${x1} ${y1}`;
}

// scopeOfRow closes or opens a frame and keeps what is looked at where it is on the screen.
export function turnScope(f) {
	const before = place.open[f] ? place.open[f].y : place.closedY[f];
	toggle(f);
	placedFor = '';
	const scrolled = sight.top;
	drawLadder(false);
	const now = place.open[f] ? place.open[f].y : place.closedY[f];
	scrollTo(scrolled + now - before);
	drawSeen();
}

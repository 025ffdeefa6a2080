// Pictures of numbers: tiles of cells, each in the colour of its number.

import { el, svg } from './dom.js';
import { short, placeOf, sizeOf } from './data.js';
import { t } from './strings.js';

// colourOf is the colour of v on a scale of -most to most: white for 0, blue for what is above it, red for what is
// below, as dark as it is far. These are the colours of the drawings (viz/colours.go).
export function colourOf(v, most) {
	if (Number.isNaN(v)) return [255, 0, 255];
	if (!Number.isFinite(v)) return [0, 0, 0];
	const x = most > 0 ? Math.max(-1, Math.min(1, v / most)) : 0;
	return x >= 0 ? ofOKLab(1 - 0.72 * x, 0, -0.13 * x) : ofOKLab(1 + 0.72 * x, -0.15 * x, -0.07 * x);
}

// ofOKLab is a colour of OKLab, in which equal distances look equal, in sRGB.
function ofOKLab(l, a, b) {
	const x = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
	const y = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
	const z = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
	return [
		4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z,
		-1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z,
		-0.0041960863 * x - 0.7034186147 * y + 1.7076147010 * z,
	].map((v) => {
		v = Math.min(Math.max(v, 0), 1);
		return Math.round(255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055));
	});
}

// luminance is that of WCAG, 0 to 1.
function luminance(...rgb) {
	const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

// A palette has the colours as pixels, from the lowest number to the highest: pictures of many numbers look them up.
const levels = 255;
const palette = Uint32Array.from({ length: 2 * levels + 1 }, (_, i) => pixel(colourOf(i - levels, levels)));
const [nanPixel, infinitePixel] = [pixel([255, 0, 255]), pixel([0, 0, 0])];

function pixel([r, g, b]) {
	return new Uint32Array(new Uint8Array([r, g, b, 255]).buffer)[0];
}

// paint writes numbers from place from on into an image.
function paint(image, data, from, most) {
	const pixels = new Uint32Array(image.data.buffer);
	const scale = most > 0 ? levels / most : 0;
	for (let i = 0; i < pixels.length; i++) {
		const v = data[from + i];
		if (Number.isFinite(v)) pixels[i] = palette[Math.round(v * scale) + levels];
		else pixels[i] = Number.isNaN(v) ? nanPixel : infinitePixel;
	}
}

// scaleOf is the largest magnitude among finite numbers.
export function scaleOf(data) {
	let most = 0;
	for (const v of data) if (Number.isFinite(v) && Math.abs(v) > most) most = Math.abs(v);
	return most;
}

// thumbnail draws one plane of a value, each cell a pixel.
export function thumbnail(data, from, rows, columns, most) {
	const canvas = el('canvas', { width: columns, height: rows, class: 'thumbnail', 'aria-hidden': 'true' });
	const image = new ImageData(columns, rows);
	paint(image, data, from, most);
	canvas.getContext('2d').putImageData(image, 0, 0);
	return canvas;
}

// tilesOf cuts a shape into tiles of its last two axes: {tiles, rows, columns}.
export function tilesOf(shape) {
	const columns = shape.length ? shape[shape.length - 1] : 1;
	const rows = shape.length > 1 ? shape[shape.length - 2] : 1;
	return { tiles: sizeOf(shape) / (rows * columns || 1), rows, columns };
}

const mostTiles = 36;

// picture draws a value as tiles on a canvas. The marks are lists of elements to outline by class. Cells are told by
// mouse and by arrow keys, and chosen by click and Enter.
export function picture(data, shape, { marks = {}, first = 0, label, onTell, onChoose }) {
	const { tiles, rows, columns } = tilesOf(shape);
	const count = Math.min(tiles - first, mostTiles);
	const [wide, high] = count > 1 ? [120, 120] : [440, 520];
	const cell = Math.max(1, Math.min(22, Math.floor(wide / columns), Math.floor(high / rows)));
	const tall = Math.max(cell, Math.min(16, Math.floor(48 / rows))); // of few rows, which were a line otherwise
	const w = columns * cell;
	const h = rows * tall;
	const across = Math.max(1, Math.min(count, Math.floor(440 / (w + 5))));
	const down = Math.ceil(count / across);
	const canvas = el('canvas', {
		width: across * (w + 5) - 5,
		height: down * (h + 5) - 5,
		tabindex: '0',
		role: 'img',
		'aria-label': label,
	});
	const g = canvas.getContext('2d');
	const most = scaleOf(data);
	const corner = (i) => {
		const k = Math.floor(i / (rows * columns)) - first;
		const r = Math.floor(i / columns) % rows;
		return [(k % across) * (w + 5) + (i % columns) * cell, Math.floor(k / across) * (h + 5) + r * tall];
	};
	const image = new ImageData(columns, rows);
	const small = new OffscreenCanvas(columns, rows);
	for (let k = 0; k < count; k++) {
		const from = (first + k) * rows * columns;
		paint(image, data, from, most);
		small.getContext('2d').putImageData(image, 0, 0);
		g.imageSmoothingEnabled = false;
		const [x, y] = corner(from);
		g.drawImage(small, x, y, w, h);
	}
	for (const [kind, list] of Object.entries(marks))
		outlineCells(g, list, corner, [cell, tall], kind, first * rows * columns, (first + count) * rows * columns);
	const at = (e) => {
		const box = canvas.getBoundingClientRect();
		const x = ((e.clientX - box.left) * canvas.width) / box.width;
		const y = ((e.clientY - box.top) * canvas.height) / box.height;
		const [tx, ty] = [Math.floor(x / (w + 5)), Math.floor(y / (h + 5))];
		const [c, r] = [Math.floor((x - tx * (w + 5)) / cell), Math.floor((y - ty * (h + 5)) / tall)];
		const k = ty * across + tx;
		return c < 0 || r < 0 || c >= columns || r >= rows || k >= count
			? -1
			: (first + k) * rows * columns + r * columns + c;
	};
	let cursor = first * rows * columns;
	canvas.addEventListener('mousemove', (e) => {
		const i = at(e);
		if (i >= 0) onTell(i);
	});
	canvas.addEventListener('click', (e) => {
		const i = at(e);
		if (i >= 0 && onChoose) onChoose(i);
	});
	canvas.addEventListener('keydown', (e) => {
		const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[e.key];
		if (by !== undefined && !e.shiftKey) {
			cursor = Math.max(first * rows * columns, Math.min((first + count) * rows * columns - 1, cursor + by));
			onTell(cursor);
		} else if (e.key === 'Enter' && onChoose) onChoose(cursor);
		else return;
		e.preventDefault();
		e.stopPropagation();
	});
	return canvas;
}

function outlineCells(g, list, corner, [cell, tall], kind, from, to) {
	g.strokeStyle = kind === 'chosen' ? '#d6006c' : '#00796b';
	g.lineWidth = cell > 4 ? 2 : 1;
	for (const i of list) {
		if (i < from || i >= to) continue;
		const [x, y] = corner(i);
		g.strokeRect(x + 0.5, y + 0.5, Math.max(cell - 1, 2), Math.max(tall - 1, 2));
	}
}

// table writes a value in numbers, with the colour of each behind it. It is one stop of the keyboard, whose arrows
// move among the cells.
export function table(data, shape, { marks = {}, first = 0, label, secret, onTell, onChoose }) {
	const { rows, columns } = tilesOf(shape);
	const most = scaleOf(data);
	const cells = [];
	const from = first * rows * columns;
	const body = Array.from({ length: rows }, (_, r) =>
		el(
			'tr',
			{ role: 'row' },
			Array.from({ length: columns }, (_, c) => {
				const i = from + r * columns + c;
				const kinds = Object.keys(marks).filter((k) => marks[k].includes(i));
				const text = secret ? '?' : short(data[i]);
				const td = el(
					'td',
					{
						role: 'gridcell',
						tabindex: cells.length ? '-1' : '0',
						class: kinds.join(' ') || undefined,
						title: secret ? undefined : placeOf(i, shape) + ' = ' + data[i],
						'aria-label': placeOf(i, shape) + ' ' + text,
						'aria-selected': kinds.includes('chosen') ? 'true' : undefined,
					},
					text,
				);
				if (!secret) {
					const [red, green, blue] = colourOf(data[i], most);
					td.style.setProperty('--cell', `rgb(${red},${green},${blue})`);
					td.style.color = luminance(red, green, blue) > 0.179 ? '#000' : '#fff'; // which has more contrast
				}
				td.addEventListener('mouseenter', () => onTell(i));
				td.addEventListener('focus', () => onTell(i));
				if (onChoose) td.addEventListener('click', () => onChoose(i));
				cells.push(td);
				return td;
			}),
		),
	);
	const grid = el(
		'table',
		{ class: 'grid', role: 'grid', 'aria-label': label },
		el('tbody', { role: 'rowgroup' }, body),
	);
	grid.addEventListener('keydown', (e) => {
		const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[e.key];
		const k = cells.indexOf(document.activeElement);
		if (by !== undefined && !e.shiftKey && k >= 0) {
			const to = cells[Math.max(0, Math.min(cells.length - 1, k + by))];
			cells[k].tabIndex = -1;
			to.tabIndex = 0;
			to.focus();
		} else if (e.key === 'Enter' && onChoose && k >= 0) onChoose(from + k);
		else return;
		e.preventDefault();
		e.stopPropagation();
	});
	return grid;
}

// histogram draws how often numbers fall into equal bins.
export function histogram(counts, stats) {
	const most = Math.max(...counts, 1);
	const w = 240 / counts.length;
	return svg(
		'svg',
		{
			class: 'histogram',
			viewBox: '0 0 240 64',
			role: 'img',
			'aria-label': t('histogram', { min: short(stats.min), max: short(stats.max) }),
		},
		counts.map((n, i) =>
			svg('rect', {
				x: i * w + 0.5,
				y: 48 - (44 * n) / most,
				width: Math.max(w - 1, 0.5),
				height: (44 * n) / most,
			}),
		),
		svg('text', { x: 0, y: 62 }, short(stats.min)),
		svg('text', { x: 240, y: 62, 'text-anchor': 'end' }, short(stats.max)),
	);
}

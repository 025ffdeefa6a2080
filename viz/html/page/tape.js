// The tab of the tape: its lines, the present one marked, and what the usual tape makes of the same graph.

import { el, put } from './dom.js';
import { state, view } from './state.js';
import { phaseName } from './scrubber.js';
import { usual } from './memory.js';
import { t } from './strings.js';

const lineHeight = 22;
const around = 12; // lines beyond those that are seen

let builtFor;
let scroller;
let sheet;
let jump;

export function drawTape(panel, onJump) {
	const run = view().run;
	jump = onJump;
	if (builtFor !== run || scroller.parentNode !== panel || sheet.dataset.lang !== state.lang) build(panel, run);
	follow();
	drawLines(run);
}

function build(panel, run) {
	builtFor = run;
	sheet = el('div', { class: 'tape-sheet', role: 'list' });
	sheet.dataset.lang = state.lang;
	sheet.style.height = run.instructions.length * lineHeight + 'px';
	scroller = el('div', { class: 'tape', tabindex: '0', role: 'group', 'aria-label': t('tab.tape') }, sheet);
	scroller.addEventListener('scroll', () => requestAnimationFrame(() => drawLines(run)), { passive: true });
	put(panel, el('p', { class: 'quiet' }, t('tape.about')), scroller, run.fast ? fastTape(run.fast) : null);
}

function follow() {
	const y = (state.at - 1) * lineHeight;
	if (y < scroller.scrollTop + lineHeight || y > scroller.scrollTop + scroller.clientHeight - 3 * lineHeight) {
		scroller.scrollTop = Math.max(0, y - scroller.clientHeight / 2);
	}
}

function drawLines(run) {
	const lo = Math.max(0, Math.floor(scroller.scrollTop / lineHeight) - around);
	const hi = Math.min(
		run.instructions.length,
		Math.ceil((scroller.scrollTop + (scroller.clientHeight || 400)) / lineHeight) + around,
	);
	const lines = [];
	for (let i = lo; i < hi; i++) {
		const it = run.instructions[i];
		const now = i === state.at - 1;
		const line = el(
			'div',
			{
				role: 'listitem',
				class: 'line ' + it.phase + (now ? ' now' : i < state.at ? ' done' : ''),
				'aria-current': now ? 'step' : undefined,
			},
			el(
				'button',
				{
					type: 'button',
					tabindex: '-1',
					title: phaseName(it.phase) + (it.scope ? ' · ' + it.scope : ''),
					onclick: () => jump(i),
				},
				el('span', { class: 'no' }, String(i)),
				el('code', {}, it.text),
			),
		);
		line.style.top = i * lineHeight + 'px';
		lines.push(line);
	}
	put(sheet, lines);
}

function fastTape(fast) {
	return el(
		'details',
		{ class: 'fast' },
		el('summary', {}, t('fast.title', { n: fast.instructions })),
		usual(fast),
		el('pre', { tabindex: '0' }, (fast.lines || []).join('\n')),
	);
}

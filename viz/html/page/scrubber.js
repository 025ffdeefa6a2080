// The scrubber: a slider over all instructions, and below it the bands of the phases.

import { el, put } from './dom.js';
import { state, view } from './state.js';
import { t } from './strings.js';

let slider;
let bands;
let where;

export function makeScrubber(onMove) {
	slider = document.getElementById('scrubber');
	bands = document.getElementById('bands');
	where = document.getElementById('where');
	slider.addEventListener('input', () => onMove(Number(slider.value)));
}

// phases are the runs of instructions of one phase: {phase, from, to}.
export function phases(run) {
	const list = [];
	run.instructions.forEach((it, i) => {
		const last = list[list.length - 1];
		if (last && last.phase === it.phase) last.to = i + 1;
		else list.push({ phase: it.phase, from: i, to: i + 1 });
	});
	return list;
}

// signs stand for the phases where there is no room for their names, as in the headings of the columns. The style
// shows what has room.
const signs = { forward: '↓', backward: '↑', update: '←' };

export function phaseName(phase) {
	switch (phase) {
		case 'forward':
			return t('phase.forward');
		case 'backward':
			return t('phase.backward');
		case 'update':
			return t('phase.update');
		default:
			return phase;
	}
}

const bandsOf = {}; // the run and the language whose bands are shown

function drawBands(run) {
	Object.assign(bandsOf, { run, lang: state.lang });
	put(
		bands,
		phases(run).map((p) => {
			const name = phaseName(p.phase);
			const e = el(
				'span',
				{ class: 'band ' + p.phase, title: name },
				el('span', { class: 'name' }, name),
				el('span', { class: 'sign' }, signs[p.phase]),
			);
			e.style.flexGrow = p.to - p.from;
			return e;
		}),
	);
}

export function drawScrubber() {
	const run = view().run;
	const n = run.instructions.length;
	slider.max = n;
	slider.value = state.at;
	if (bandsOf.run !== run || bandsOf.lang !== state.lang) drawBands(run);
	slider.setAttribute('aria-valuetext', whereText());
	where.textContent = whereText();
}

// whereText says where one is: 12 of 40, forward.
export function whereText() {
	const run = view().run;
	if (state.at === 0) return t('where.start', { n: run.instructions.length });
	return t('where', {
		at: state.at,
		n: run.instructions.length,
		phase: phaseName(run.instructions[state.at - 1].phase),
	});
}

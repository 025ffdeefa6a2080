// Figures: drawings that Go has made of each state. Go has refused whatever could run or load anything.

import { el, put, prose } from './dom.js';
import { state, view, stateIndex, pending } from './state.js';
import { trace } from './data.js';
import { plain } from './controls.js';
import { pick, t } from './strings.js';

// drawFigures shows those of the present state.
export function drawFigures(panel) {
	const drawn = view().run.states[stateIndex()].shown || [];
	const list = (trace.figures || []).map((f, k) => {
		if (!drawn[k]) return null;
		return f.reveals && pending()
			? el('figure', {}, el('p', { class: 'secret' }, t('secret')), el('figcaption', {}, prose(pick(f.title))))
			: figure(f, drawn[k]);
	});
	const first = (trace.figures || []).findIndex((f) => f.id === lookedAt());
	if (first > 0) list.unshift(...list.splice(first, 1));
	put(panel, el('div', { class: 'figures' }, list));
}

// lookedAt is the figure that the present stop of the tour speaks of.
function lookedAt() {
	const stop = (trace.tour || [])[state.stop];
	return state.guide === 'tour' && stop ? stop.look : undefined;
}

function figure(f, text) {
	const drawing = document.importNode(new DOMParser().parseFromString(text, 'image/svg+xml').documentElement, true);
	drawing.setAttribute('role', 'img');
	drawing.setAttribute('aria-label', plain(pick(f.title) + '. ' + pick(f.alt)));
	return el(
		'figure',
		{ id: 'figure-' + f.id },
		drawing,
		el(
			'figcaption',
			{},
			prose(pick(f.title)),
			el('details', {}, el('summary', {}, t('figure.alt')), el('p', {}, prose(pick(f.alt)))),
		),
	);
}

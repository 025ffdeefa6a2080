// Figures: drawings that Go has made of each state. Go has refused whatever could run or load anything.

import { el, put, prose } from './dom.js';
import { view, stateIndex, pending } from './state.js';
import { trace } from './data.js';
import { plain } from './controls.js';
import { pick, t } from './strings.js';

export function drawFigures(section) {
	const figures = trace.figures || [];
	const drawn = view().run.states[stateIndex()].shown || [];
	section.hidden = !drawn.some((s) => s);
	if (section.hidden) return;
	if (pending() && trace.hideFigures) {
		put(section, el('p', { class: 'quiet' }, t('secret')));
		return;
	}
	put(section, figures.map((f, k) => (drawn[k] ? figure(f, drawn[k]) : null)));
}

function figure(f, text) {
	const drawing = document.importNode(new DOMParser().parseFromString(text, 'image/svg+xml').documentElement, true);
	drawing.setAttribute('role', 'img');
	drawing.setAttribute('aria-label', plain(pick(f.title) + '. ' + pick(f.alt)));
	return el('figure', { id: 'figure-' + f.id }, drawing, el('figcaption', {}, prose(pick(f.title))));
}

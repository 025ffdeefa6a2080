// Sliders and switches: each combination is a state that Go has computed.

import { el, put, prose } from './dom.js';
import { state, settle, choose } from './state.js';
import { trace } from './data.js';
import { pick, t } from './strings.js';

const controls = trace.controls || [];

let unfolded = false; // on a narrow screen, where they would take the place of the graph

// chosen says what is set.
function chosen() {
	return controls.map((c, k) => plain(pick(c.values[state.controls[k]]))).join(' · ');
}

// drawControls makes the controls. onChange draws the page anew.
export function drawControls(form, onChange) {
	form.hidden = !controls.length;
	if (form.hidden) return;
	form.classList.toggle('folded', !unfolded);
	const focused = document.activeElement && form.contains(document.activeElement) ? document.activeElement.id : '';
	put(
		form,
		el(
			'button',
			{
				type: 'button',
				id: 'fold',
				'aria-expanded': unfolded ? 'true' : 'false',
				onclick: () => {
					unfolded = !unfolded;
					drawControls(form, onChange);
				},
			},
			(unfolded ? '▾ ' : '▸ ') + t('controls') + ': ' + chosen(),
		),
		controls.map((c, k) => (c.slider ? slider(c, k, onChange) : options(c, k, onChange))),
		el(
			'button',
			{
				type: 'button',
				id: 'reset',
				onclick: () => {
					state.controls = controls.map((c) => c.start);
					settle();
					onChange();
				},
			},
			t('reset'),
		),
	);
	if (focused) document.getElementById(focused)?.focus();
}

function move(k, to, onChange) {
	state.controls[k] = to;
	if (controls[k].alone)
		controls.forEach((c, j) => {
			if (j !== k && c.alone) state.controls[j] = c.start;
		});
	const near = nearest(k, to);
	if (near >= 0) choose(near);
	else settle(k);
	onChange();
}

// nearest is the setting with the place of slider k that is nearest to the wanted one, all others as they are; -1 for
// none. So a slider steps over the places that a page does not hold, and moves no other.
function nearest(k, to) {
	if (!controls[k].slider) return -1;
	let best = -1;
	trace.settings.forEach((s, i) => {
		if (!s.at.every((v, j) => j === k || v === state.controls[j])) return;
		if (best < 0 || Math.abs(s.at[k] - to) < Math.abs(trace.settings[best].at[k] - to)) best = i;
	});
	return best;
}

// applies reports whether a control has an effect where the others are.
function applies(c) {
	return (c.needs || []).every((n) => n.at.includes(state.controls[n.control]));
}

function slider(c, k, onChange) {
	const input = el('input', {
		type: 'range',
		id: 'control-' + c.id,
		min: 0,
		max: c.values.length - 1,
		step: 1,
		disabled: !applies(c),
		value: state.controls[k],
		'aria-valuetext': plain(pick(c.values[state.controls[k]])),
	});
	input.value = state.controls[k];
	input.addEventListener('input', () => move(k, Number(input.value), onChange));
	return el(
		'div',
		{ class: applies(c) ? 'control' : 'control off' },
		el('label', { for: input.id }, prose(pick(c.name))),
		input,
		el('output', { for: input.id }, prose(pick(c.values[state.controls[k]]))),
	);
}

function options(c, k, onChange) {
	return el(
		'fieldset',
		{ class: applies(c) ? 'control' : 'control off', disabled: !applies(c) },
		el('legend', {}, prose(pick(c.name))),
		c.values.map((text, i) =>
			el(
				'label',
				{},
				el('input', {
					type: 'radio',
					name: c.id,
					id: 'control-' + c.id + '-' + i,
					value: i,
					checked: state.controls[k] === i,
					onchange: () => move(k, i, onChange),
				}),
				el('span', {}, prose(pick(text))),
			),
		),
	);
}

// plain is a text without its formulas' markup.
export function plain(text) {
	return text.replace(/\\\(|\\\)/g, '').replace(/<[^>]*>/g, '');
}

// Sliders and switches: each combination is a state that Go has computed.

import { el, put, prose } from './dom.js';
import { state, settle } from './state.js';
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
	settle(k);
	onChange();
}

function slider(c, k, onChange) {
	const input = el('input', {
		type: 'range',
		id: 'control-' + c.id,
		min: 0,
		max: c.values.length - 1,
		step: 1,
		value: state.controls[k],
		'aria-valuetext': plain(pick(c.values[state.controls[k]])),
	});
	input.value = state.controls[k];
	input.addEventListener('input', () => move(k, Number(input.value), onChange));
	return el(
		'div',
		{ class: 'control' },
		el('label', { for: input.id }, prose(pick(c.name))),
		input,
		el('output', { for: input.id }, prose(pick(c.values[state.controls[k]]))),
	);
}

function options(c, k, onChange) {
	return el(
		'fieldset',
		{ class: 'control' },
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

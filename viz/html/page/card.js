// The guide: stops of a tour, and questions that are asked before the gradients are shown.

import { el, put, prose } from './dom.js';
import { state, choose, pending, view, tabs } from './state.js';
import { trace, viewOf } from './data.js';
import { pick, t } from './strings.js';

const tour = trace.tour || [];
const questions = trace.questions || [];

// drawCard shows the stop and the question one is at. onChange draws the page anew.
export function drawCard(card, onChange) {
	card.hidden = !tour.length && !questions.length && !(trace.about || []).length;
	if (card.hidden) return;
	if (!tour.length && !questions.length) put(card, aboutCard());
	else
		put(
			card,
			tour.length && questions.length ? chooser(onChange) : null,
			tour.length ? null : aboutCard(),
			state.guide === 'tour' ? tourCard(onChange) : questionCard(onChange),
		);
}

// chooser turns between tour and question.
function chooser(onChange) {
	const button = (id, text) =>
		el(
			'button',
			{
				type: 'button',
				id: 'guide-' + id,
				'aria-pressed': state.guide === id ? 'true' : 'false',
				onclick: () => {
					turnTo(id);
					onChange();
					document.getElementById('guide-' + id).focus();
				},
			},
			text,
		);
	return el(
		'div',
		{ class: 'chooser', role: 'group', 'aria-label': t('guide') },
		button('tour', t('guide.tour')),
		button('question', t('guide.question') + (open() ? t('guide.open', { n: open() }) : '')),
	);
}

// open is how many questions wait for an answer.
const open = () => questions.filter((_, k) => state.answers[k] === undefined).length;

// turnTo shows the tour or the questions, and in the graph what they speak of: the setting of the stop, or of a
// question that waits.
export function turnTo(id) {
	state.guide = id;
	if (id === 'tour') {
		if (state.setting !== tour[state.stop].setting) visitStop(state.stop);
	} else if (state.answers[state.question] === undefined && questions[state.question])
		choose(questions[state.question].setting);
}

// turning is a button that leads to the tour or the questions.
function turning(id, button, text, onChange) {
	const go = () => {
		turnTo(id);
		onChange();
		document.getElementById(id === 'tour' ? 'tour-place' : 'question-place').focus();
	};
	return el('button', { type: 'button', id: button, class: 'main', onclick: go }, text);
}

function aboutCard() {
	return el(
		'div',
		{ class: 'about' },
		(trace.about || []).map((p) => el('p', {}, withFlags(pick(p)))),
		facts(),
	);
}

// withFlags keeps a flag of a command and its number on one line.
function withFlags(text) {
	return text
		.split(/(--[a-z]+(?: \d+)?)/)
		.map((part, k) => (k % 2 ? el('code', { class: 'together' }, part) : prose(part)));
}

function facts() {
	if (!(trace.facts || []).length) return null;
	return el(
		'details',
		{},
		el('summary', {}, t('facts')),
		el(
			'dl',
			{ class: 'facts' },
			trace.facts.flatMap((f) => [el('dt', {}, pick(f.name)), el('dd', {}, f.value)]),
		),
	);
}

function tourCard(onChange) {
	const stop = tour[state.stop];
	const hidden = tells(stop);
	const go = (k) => () => {
		visitStop(k);
		onChange();
		document
			.getElementById(
				k > 0 && k < tour.length - 1 ? (k >= state.stop ? 'tour-next' : 'tour-back') : 'tour-place',
			)
			.focus();
	};
	return el(
		'div',
		{ class: 'tour' },
		el('h2', { id: 'tour-place', tabindex: '-1' }, t('tour', { n: state.stop + 1, of: tour.length })),
		el(
			'div',
			{ class: 'text' },
			hidden ? el('p', { class: 'secret' }, t('secret')) : paragraphs(pick(stop.text)),
			state.stop === 0 ? facts() : null,
		),
		el(
			'p',
			{ class: 'buttons' },
			hidden ? turning('question', 'to-questions', t('tour.questions'), onChange) : null,
			el(
				'button',
				{ type: 'button', id: 'tour-back', disabled: state.stop === 0, onclick: go(state.stop - 1) },
				t('tour.back'),
			),
			el('button', { type: 'button', id: 'tour-here', onclick: go(state.stop) }, t('tour.here')),
			el(
				'button',
				{
					type: 'button',
					id: 'tour-next',
					class: hidden ? undefined : 'main',
					disabled: state.stop === tour.length - 1,
					onclick: go(state.stop + 1),
				},
				t('tour.next'),
			),
		),
	);
}

function paragraphs(text) {
	return text.split(/\n\n+/).map((p) => el('p', {}, prose(p)));
}

// tells reports whether a stop speaks of gradients while a question waits.
function tells(stop) {
	const list = viewOf(trace.settings[stop.setting].run).run.instructions;
	return pending() && list[stop.instruction < 0 ? list.length - 1 : stop.instruction].phase !== 'forward';
}

let shown = ''; // the tab that a stop has turned to

// visitStop goes to a stop of the tour: its setting, its instruction, and the tab that it speaks of.
export function visitStop(k) {
	if (!tour.length) return;
	state.stop = Math.max(0, Math.min(tour.length - 1, k));
	const stop = tour[state.stop];
	choose(stop.setting);
	state.at = stop.instruction < 0 ? view().run.instructions.length : stop.instruction + 1;
	state.picked = -1;
	const tab = !stop.look || tabs.includes(stop.look) ? stop.look : tabs[0];
	if (tab) state.tab = shown = tab;
	else if (shown === state.tab) state.tab = tabs[0];
}

// moveStop goes on in the tour, or back; where the questions are seen, to the stop that the tour is at.
export function moveStop(by) {
	const at = state.guide === 'tour' ? state.stop + by : state.stop;
	state.guide = 'tour';
	visitStop(at);
}

let chosen = -1;

function questionCard(onChange) {
	if (state.question >= questions.length)
		return el('div', { class: 'question' }, el('p', { id: 'question-place', tabindex: '-1' }, t('question.done')));
	const q = questions[state.question];
	const given = state.answers[state.question];
	const head = el(
		'h2',
		{ id: 'question-place', tabindex: '-1' },
		t('question', { n: state.question + 1, of: questions.length }),
	);
	const answer = (k) => {
		state.answers[state.question] = k;
		chosen = -1;
		onChange();
		document.getElementById('question-place').focus();
	};
	if (given === undefined) {
		const radios = q.choices.map((c, k) =>
			el(
				'label',
				{ class: 'choice' },
				el('input', {
					type: 'radio',
					name: 'choice',
					value: k,
					checked: k === chosen,
					onchange: () => {
						chosen = k;
						submit.disabled = false;
					},
				}),
				' ',
				el('span', {}, prose(pick(c))),
			),
		);
		const submit = el(
			'button',
			{ type: 'button', id: 'answer', class: 'main', disabled: chosen < 0, onclick: () => answer(chosen) },
			t('question.answer'),
		);
		return el(
			'div',
			{ class: 'question' },
			head,
			el('fieldset', {}, el('legend', {}, prose(pick(q.text))), radios),
			el(
				'p',
				{ class: 'buttons' },
				submit,
				el('button', { type: 'button', id: 'skip', onclick: () => answer(-1) }, t('question.skip')),
				el(
					'button',
					{
						type: 'button',
						id: 'question-here',
						onclick: () => {
							choose(q.setting);
							onChange();
						},
					},
					t('question.here'),
				),
			),
		);
	}
	const verdict = given < 0 ? t('question.skipped') : given === q.answer ? t('question.right') : t('question.wrong');
	return el(
		'div',
		{ class: 'question' },
		head,
		el('p', {}, prose(pick(q.text))),
		el(
			'p',
			{ class: given === q.answer ? 'verdict good' : 'verdict' },
			el('b', {}, verdict),
			' ',
			t('question.is'),
			' ',
			el('b', {}, prose(pick(q.choices[q.answer]))),
		),
		el('p', {}, prose(pick(q.because))),
		state.question + 1 < questions.length
			? el(
					'p',
					{ class: 'buttons' },
					el(
						'button',
						{
							type: 'button',
							id: 'question-next',
							onclick: () => {
								state.question++;
								choose(questions[state.question].setting);
								onChange();
								document.getElementById('question-place').focus();
							},
						},
						t('question.next'),
					),
				)
			: tour.length
				? el('p', { class: 'buttons' }, turning('tour', 'to-tour', t('question.tour'), onChange))
				: null,
	);
}

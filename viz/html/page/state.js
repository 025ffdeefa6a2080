// What the page shows, all of which stands in its address: at the position, s the controls, o the scopes that are not
// as they were at the beginning, tab, e the element, lang, theme.

import { page, trace, viewOf } from './data.js';

export const tabs = [
	...((trace.figures || []).length ? ['figures'] : []),
	'formula',
	'values',
	'tape',
	'memory',
	'code',
];
export const themes = ['auto', 'light', 'dark'];

export const state = {
	at: 0, // how many instructions have been executed
	controls: (trace.controls || []).map((c) => c.start),
	setting: 0, // place in trace.settings
	toggled: new Set(), // frames, as run:frame
	tab: tabs[0],
	element: 0, // of the result, in row order
	lang: page.lang,
	theme: 'auto',
	picked: -1, // a leaf that is looked at, -1 for none
	guide: (trace.tour || []).length ? 'tour' : 'question', // which of them is seen
	stop: 0, // of the tour
	question: 0,
	answers: [], // of each question: the choice, -1 for skipped
};

// run is the present run with its views, and states the present state of it.
export function view() {
	return viewOf(trace.settings[state.setting].run);
}

export function stateIndex() {
	return trace.settings[state.setting].state;
}

// instruction is the present one, -1 before the first.
export function instruction() {
	return state.at - 1;
}

// settle finds the setting of the controls: that which differs in the fewest, the control that was moved last not.
export function settle(moved = -1) {
	if (!trace.controls || !trace.controls.length) return;
	let best = -1;
	let least = Infinity;
	trace.settings.forEach((s, i) => {
		let differ = 0;
		s.at.forEach((v, k) => {
			if (v !== state.controls[k]) differ += k === moved ? 1000 : 1;
		});
		if (differ < least) [best, least] = [i, differ];
	});
	choose(best);
}

// choose takes setting i.
export function choose(i) {
	const before = trace.settings[state.setting].run;
	state.setting = i;
	if (trace.controls && trace.controls.length) state.controls = trace.settings[i].at.slice();
	if (trace.settings[i].run !== before) state.picked = -1;
	state.at = Math.min(state.at, view().run.instructions.length);
}

// isOpen reports whether frame f of the present run is open.
export function isOpen(f) {
	const run = trace.settings[state.setting].run;
	return view().ladder.frames[f].open !== state.toggled.has(run + ':' + f);
}

export function toggle(f) {
	const key = trace.settings[state.setting].run + ':' + f;
	if (!state.toggled.delete(key)) state.toggled.add(key);
}

// pending reports whether a question waits, until when gradients are not shown.
export function pending() {
	return (trace.questions || []).some((_, k) => state.answers[k] === undefined);
}

// address is the state as a fragment.
export function address() {
	const parts = ['at=' + state.at, 'tab=' + state.tab, 'lang=' + state.lang, 'theme=' + state.theme];
	if (trace.controls && trace.controls.length) parts.push('s=' + state.controls.join(','));
	else if (trace.settings.length > 1) parts.push('run=' + state.setting);
	if (state.toggled.size) parts.push('o=' + [...state.toggled].sort().join(','));
	if (state.element) parts.push('e=' + state.element);
	if (state.picked >= 0) parts.push('n=' + state.picked);
	if (state.guide === 'question' && (trace.tour || []).length) parts.push('guide=question');
	if (state.stop) parts.push('stop=' + state.stop);
	if (state.question || state.answers.length)
		parts.push('q=' + state.question, 'a=' + state.answers.map((a) => a ?? '').join(','));
	return '#' + parts.join('&');
}

// visit takes the state from a fragment. What makes no sense is left as it is.
export function visit(fragment) {
	const given = new URLSearchParams(fragment.replace(/^#/, ''));
	const number = (name, most) => {
		const n = Number(given.get(name));
		return given.has(name) && Number.isInteger(n) && n >= 0 && n <= most ? n : undefined;
	};
	const word = (name, list) => (list.includes(given.get(name)) ? given.get(name) : undefined);
	state.lang = word('lang', ['en', 'zh']) ?? state.lang;
	state.theme = word('theme', themes) ?? state.theme;
	state.tab = word('tab', tabs) ?? state.tab;
	choose(number('run', trace.settings.length - 1) ?? state.setting);
	if (given.has('s')) {
		const at = given.get('s').split(',').map(Number);
		if (at.length === state.controls.length) state.controls = at;
	}
	settle();
	state.at = number('at', view().run.instructions.length) ?? state.at;
	state.element = number('e', Number.MAX_SAFE_INTEGER) ?? 0;
	state.picked = number('n', view().run.nodes.length - 1) ?? -1;
	state.guide = word('guide', ['tour', 'question']) ?? ((trace.tour || []).length ? 'tour' : 'question');
	state.stop = number('stop', (trace.tour || []).length - 1) ?? state.stop;
	if (given.has('q') || given.has('a')) {
		state.question = number('q', (trace.questions || []).length) ?? 0;
		state.answers = (given.get('a') || '').split(',').map((a) => (a === '' ? undefined : Number(a)));
	}
	state.toggled = new Set(
		(given.get('o') || '').split(',').filter((k) => {
			const [run, frame] = k.split(':').map(Number);
			return trace.runs[run] && viewOf(run).ladder.frames[frame];
		}),
	);
}

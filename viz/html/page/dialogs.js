// The dialogs: help and search. What they cover is inert.

import { el, put } from './dom.js';
import { trace } from './data.js';
import { view, tabs } from './state.js';
import { phaseName } from './scrubber.js';
import { ruleOf } from './parts.js';
import { boxShape } from './shapes.js';
import { pick, t } from './strings.js';

const covered = () => document.querySelectorAll('body > header, body > form, body > main, body > #foot');

// openDialog shows a dialog; until it is closed, what is behind it takes no part.
function openDialog(dialog) {
	if (dialog.open) return;
	dialog.showModal();
	covered().forEach((e) => {
		e.inert = true;
	});
	dialog.addEventListener(
		'close',
		() =>
			covered().forEach((e) => {
				e.inert = false;
			}),
		{ once: true },
	);
}

const keyRows = () => [
	['→ ←', t('key.step') + ' · ' + t('key.back')],
	['Shift + → ←', t('key.layer')],
	['i', t('key.inside')],
	['f', t('key.finish')],
	['Home · End', t('key.home') + ' · ' + t('key.end')],
	[t('space'), t('key.play')],
	['/', t('key.search')],
	['a', t('alarm.next')],
	...((trace.tour || []).length ? [['n · p', t('key.tour')]] : []),
	...((trace.questions || []).length ? [['q', t('key.question')]] : []),
	['1 – ' + tabs.length, t('key.tabs')],
	['l', t('key.lang')],
	['d', t('key.theme')],
	['?', t('key.help')],
];

export function showHelp() {
	const dialog = document.getElementById('help-dialog');
	put(
		dialog,
		el('h2', { id: 'help-title', tabindex: '-1', autofocus: true }, t('help')),
		el('p', {}, t('help.about')),
		el(
			'table',
			{},
			el(
				'tbody',
				{},
				keyRows().map(([k, what]) =>
					el('tr', {}, el('th', { scope: 'row' }, el('kbd', {}, k)), el('td', {}, what)),
				),
			),
		),
		el('p', {}, t('help.controls')),
		el('h3', {}, t('legend')),
		legend(),
		el('h3', {}, t('words')),
		words(),
		el(
			'p',
			{ class: 'buttons' },
			el(
				'button',
				{ type: 'button', class: 'main', onclick: () => dialog.close() },
				t('close'),
			),
		),
	);
	openDialog(dialog);
}

// forms are the kinds of boxes, each with its form and colours.
const forms = () => [
	['input', t('legend.input')],
	['parameter', t('legend.parameter')],
	['frozen', t('legend.frozen')],
	['state', t('legend.state')],
	['linear', t('legend.linear')],
	['activation', t('legend.activation')],
	['norm', t('legend.norm')],
	['elementwise', t('legend.elementwise')],
	['pool', t('legend.pool')],
	['loss', t('legend.loss')],
	['view', t('legend.view')],
	['random', t('legend.random')],
	['back', t('legend.back')],
	['grad', t('legend.grad')],
	['update', t('legend.update')],
	['scope', t('legend.scope')],
	['stack', t('legend.stack')],
	['elementwise notyet', t('legend.notyet')],
	['elementwise now', t('legend.now')],
	['elementwise operand', t('legend.operand')],
];

const [sampleWidth, sampleHeight] = [44, 26];

// sample is a small box of a kind.
function sample(kinds) {
	const [kind, mark] = kinds.split(' ');
	const e = el(
		'span',
		{ class: 'box kind-' + (kind === 'stack' ? 'scope' : kind) + (mark === 'notyet' ? '' : ' done ' + (mark || '')) },
		boxShape(kind, sampleWidth, sampleHeight),
	);
	Object.assign(e.style, { width: sampleWidth + 'px', height: sampleHeight + 'px' });
	return e;
}

function legend() {
	return [
		lines(),
		el(
			'ul',
			{ class: 'forms' },
			forms().map(([kind, text]) => el('li', {}, sample(kind), el('span', {}, text))),
		),
	];
}

// words says what the words of the page mean, and what each op of the present run does.
function words() {
	const v = view();
	const ops = new Map();
	for (const it of v.run.instructions) {
		const node = v.run.nodes[it.results[0]];
		const rule = ruleOf(v, it);
		if (rule && node.label && !node.called) ops.set(node.label.split(' ')[0], rule);
	}
	const rows = [
		[t('word.tensor'), t('word.tensor.is')],
		[t('word.loss'), t('word.loss.is')],
		[t('word.op'), t('word.op.is')],
		[t('word.batch'), t('word.batch.is')],
		[t('word.scope'), t('word.scope.is')],
		[t('word.tape'), t('word.tape.is')],
		...[...ops].sort(([a], [b]) => (a < b ? -1 : 1)).map(([op, r]) => [op, pick(r.name) + t('colon') + pick(r.does)]),
	];
	return el(
		'dl',
		{ class: 'words' },
		rows.flatMap(([word, is]) => [el('dt', {}, word), el('dd', {}, is)]),
	);
}

function lines() {
	return el(
		'ul',
		{ class: 'legend' },
		[
			['ahead', t('legend.ahead')],
			['aback', t('legend.aback')],
			['saved', t('legend.saved')],
			['value', t('legend.value')],
			['gradient', t('legend.gradient')],
			['alarm', t('legend.alarm')],
			['register', t('legend.register')],
			['const', t('legend.const')],
		].map(([c, text]) => el('li', { class: 'legend-' + c }, text)),
	);
}

const most = 60;

export function showSearch(onJump) {
	const dialog = document.getElementById('find-dialog');
	const list = el('ul', { role: 'listbox', id: 'found', 'aria-label': t('search.found') });
	const input = el('input', {
		type: 'search',
		id: 'query',
		role: 'combobox',
		'aria-expanded': 'true',
		'aria-controls': 'found',
		'aria-label': t('search.for'),
		autocomplete: 'off',
		spellcheck: 'false',
	});
	const run = view().run;
	let at = 0;
	let found = [];
	const go = (i) => {
		dialog.close();
		onJump(i);
	};
	const mark = () => {
		[...list.children].forEach((e, k) => e.setAttribute('aria-selected', k === at ? 'true' : 'false'));
		const e = list.children[at];
		if (e) {
			input.setAttribute('aria-activedescendant', e.id);
			e.scrollIntoView({ block: 'nearest' });
		} else input.removeAttribute('aria-activedescendant');
	};
	const search = () => {
		found = matches(input.value);
		at = 0;
		put(
			list,
			found
				.slice(0, most)
				.map((i, k) =>
					el(
						'li',
						{ role: 'option', id: 'found-' + k, onclick: () => go(i) },
						'#' + i + ' ',
						el('code', {}, run.instructions[i].text),
						' ',
						el('span', { class: 'quiet' }, phaseName(run.instructions[i].phase)),
					),
				),
		);
		count.textContent = t('search.count', { n: found.length });
		mark();
	};
	const count = el('p', { class: 'quiet', role: 'status' });
	input.addEventListener('input', search);
	input.addEventListener('keydown', (e) => {
		if (e.key === 'ArrowDown') at = Math.min(at + 1, Math.min(found.length, most) - 1);
		else if (e.key === 'ArrowUp') at = Math.max(at - 1, 0);
		else if (e.key === 'Enter' && found.length) return go(found[at]);
		else return undefined;
		e.preventDefault();
		return mark();
	});
	put(
		dialog,
		el('h2', { id: 'find-title' }, t('search')),
		input,
		count,
		list,
		el('p', { class: 'buttons' }, el('button', { type: 'button', onclick: () => dialog.close() }, t('close'))),
	);
	openDialog(dialog);
	search();
	input.focus();
}

// matches are the instructions whose text, scope or name holds all words that are asked for.
function matches(query) {
	const words = query
		.toLowerCase()
		.split(/\s+/)
		.filter((w) => w);
	const v = view();
	const list = [];
	v.run.instructions.forEach((it, i) => {
		const rule = ruleOf(v, it);
		const nodes = it.results.map((n) => v.run.nodes[n]);
		const text = [
			'#' + i,
			it.text,
			it.scope,
			...nodes.map((n) => n.label),
			...nodes.map((n) => (n.gradOf >= 0 ? v.run.nodes[n.gradOf].name : '')),
			rule ? rule.name.en + ' ' + rule.name.zh : '',
		]
			.join(' ')
			.toLowerCase();
		if (words.every((w) => text.includes(w))) list.push(i);
	});
	return list;
}

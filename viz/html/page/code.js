// The tab of code: the line that made the present value, and some around it.

import { el, put } from './dom.js';
import { view, instruction } from './state.js';
import { t } from './strings.js';

export function drawCode(panel) {
	const { run } = view();
	const i = instruction();
	const node = i >= 0 ? run.nodes[run.instructions[i].results[0]] : null;
	if (!node) {
		put(panel, el('p', {}, t('code.start')));
		return;
	}
	const source = made(run, node);
	const parts = [];
	if (source)
		parts.push(
			excerpt(
				run,
				source.file,
				source.line,
				t(source === node ? 'code.line' : 'code.of', { place: place(run, source.file, source.line) }),
			),
		);
	if (node.ruleLine > 0)
		parts.push(
			excerpt(
				run,
				node.ruleFile || 0,
				node.ruleLine,
				t('code.rule', { place: place(run, node.ruleFile || 0, node.ruleLine) }),
			),
		);
	put(panel, parts.some((p) => p) ? parts : el('p', {}, t('code.none')));
	for (const now of panel.querySelectorAll('.codeline.now'))
		now.parentNode.scrollTop = now.offsetTop - now.parentNode.clientHeight / 2;
}

function place(run, file, line) {
	return (run.code && run.code[file] ? run.code[file].name : '?') + ':' + line;
}

// excerpt shows a file around a line.
function excerpt(run, k, line, text) {
	const file = run.code && run.code[k];
	if (!file) return null;
	const lines = (file.lines || []).map((code, i) => {
		const now = file.first + i === line;
		return el(
			'div',
			{ class: now ? 'codeline now' : 'codeline', 'aria-current': now ? 'true' : undefined },
			el('span', { class: 'no' }, String(file.first + i)),
			el('code', {}, code || ' '),
		);
	});
	return el(
		'section',
		{},
		el('p', {}, text),
		lines.length
			? el('div', { class: 'source', tabindex: '0', role: 'group', 'aria-label': file.name + ':' + line }, lines)
			: null,
	);
}

// made is the node whose line there is: the node itself, or the forward op that it serves.
function made(run, node) {
	if (node.file >= 0) return node;
	for (const n of [node.of, node.gradOf]) if (n >= 0 && run.nodes[n].file >= 0) return run.nodes[n];
	return null;
}

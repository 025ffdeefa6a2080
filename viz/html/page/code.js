// The tab of code: the line that made the present value, and some around it.

import { el, put } from './dom.js';
import { view, instruction } from './state.js';
import { t } from './strings.js';

export function drawCode(panel) {
	const { run } = view();
	const i = instruction();
	const node = i >= 0 ? run.nodes[run.instructions[i].results[0]] : null;
	const source = node && made(run, node);
	if (!source || source.file < 0 || !run.code || !run.code[source.file]) {
		put(panel, el('p', {}, i < 0 ? t('code.start') : t('code.none')));
		return;
	}
	const file = run.code[source.file];
	const lines = (file.lines || []).map((text, k) => {
		const now = file.first + k === source.line;
		return el('div', { class: now ? 'codeline now' : 'codeline', 'aria-current': now ? 'true' : undefined }, el('span', { class: 'no' }, String(file.first + k)), el('code', {}, text || ' '));
	});
	put(panel, el('p', {}, t(source === node ? 'code.line' : 'code.of', { place: file.name + ':' + source.line })), lines.length ? el('div', { class: 'source', tabindex: '0', role: 'group', 'aria-label': file.name }, lines) : null);
	const now = panel.querySelector('.codeline.now');
	if (now) now.parentNode.scrollTop = now.offsetTop - now.parentNode.clientHeight / 2;
}

// made is the node whose line there is: the node itself, or the forward op that it serves.
function made(run, node) {
	if (node.file >= 0) return node;
	for (const n of [node.of, node.gradOf]) if (n >= 0 && run.nodes[n].file >= 0) return run.nodes[n];
	return null;
}

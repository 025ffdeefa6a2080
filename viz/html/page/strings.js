// The two languages of the page.

import { page } from './data.js';
import { state } from './state.js';

// t is the string of a key in the present language, with {names} filled in. The catalogue is strings.json.
export function t(key, values = {}) {
	const text = page.strings[key][state.lang];
	return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// pick is a text of the trace in the present language.
export function pick(text) {
	if (!text) return '';
	return state.lang === 'zh' ? text.zh || text.en : text.en || text.zh;
}

// translate fills in the strings of the document itself.
export function translate(root) {
	document.documentElement.lang = state.lang === 'zh' ? 'zh-CN' : 'en';
	for (const e of root.querySelectorAll('[data-t]')) e.textContent = t(e.dataset.t);
	for (const e of root.querySelectorAll('[data-t-label]')) e.setAttribute('aria-label', t(e.dataset.tLabel));
	for (const e of root.querySelectorAll('[data-t-title]')) e.title = t(e.dataset.tTitle);
}

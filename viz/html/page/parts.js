// The elements of operands that make the chosen element of the present result.

import { page, valueOf } from './data.js';
import { state, stateIndex } from './state.js';
import { pick, t } from './strings.js';
import { termsOf } from './terms.js';

const mostElements = 400000; // of an operand that is gone through

// ruleOf is what there is to say of the op of an instruction, undefined for one that package formula does not know.
export function ruleOf(v, it) {
	const node = v.run.nodes[it.results[0]];
	return page.rules[node.name + '/' + (node.operands || []).length];
}

// opTitle is the label of an op in the language of the page: in Chinese the name of the op in place of its English
// word. What the user or the model has named keeps its name.
export function opTitle(v, n, label) {
	const node = v.run.nodes[n];
	if (node.kind === 'constant') return label.replace(/^const /, t('constant') + ' ');
	const at = v.makes[n];
	if (state.lang === 'en' || at < 0 || node.called || node.phase === 'update' || !node.label) return label;
	const rule = ruleOf(v, v.run.instructions[at]);
	if (!rule || !label.endsWith(node.label)) return label;
	const before = label.slice(0, label.length - node.label.length);
	return before + node.label.replace(/^\S+/, pick(rule.name).replace(/（.*?）/, ''));
}

// gloss says in a line what an op is, '' for a leaf or an op that package formula does not know.
export function gloss(v, n) {
	const rule = v.makes[n] >= 0 && ruleOf(v, v.run.instructions[v.makes[n]]);
	return rule ? pick(rule.name) + t('colon') + pick(rule.does) : '';
}

// terms are those of an element of the first result of an instruction, null if they are not known.
export function terms(v, it, element) {
	const rule = ruleOf(v, it);
	const operands = it.operands;
	if (!rule || !operands.length) return null;
	const shapes = { in: operands.map((n) => v.run.nodes[n].shape), out: it.results.map((n) => v.run.nodes[n].shape) };
	if (shapes.in.some((shape) => shape.reduce((n, d) => n * d, 1) > mostElements)) return null;
	shapes.index = (operand, place) => {
		const data = valueOf(v, stateIndex(), operands[operand]).data;
		return data ? data[place] : -1;
	};
	return termsOf(rule.element, shapes, v.run.nodes[it.results[0]].result || 0, element);
}

// partsOf lists of each operand the elements that the element of the result is made of.
export function partsOf(v, it, element) {
	const list = terms(v, it, element);
	if (!list) return [];
	return it.operands.map((_, k) => [...new Set(list.map((term) => term.places[k]).filter((p) => p >= 0))]);
}

// The elements of operands that make the chosen element of the present result.

import { page, valueOf } from './data.js';
import { stateIndex } from './state.js';
import { termsOf } from './terms.js';

const mostElements = 400000; // of an operand that is gone through

// ruleOf is what there is to say of the op of an instruction, undefined for one that package formula does not know.
export function ruleOf(v, it) {
	const node = v.run.nodes[it.results[0]];
	return page.rules[node.name + '/' + (node.operands || []).length];
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

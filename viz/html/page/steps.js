// Where a step leads, in both directions of time. A position is how many instructions have been executed.

import { state, view, isOpen, toggle } from './state.js';

// hiddenIn is the outermost closed frame that instruction i is in, -1 for none.
export function hiddenIn(i) {
	const ladder = view().ladder;
	let found = -1;
	for (let f = ladder.rows[ladder.boxes[ladder.of[i]].r].f; f >= 0; f = ladder.frames[f].parent)
		if (!isOpen(f)) found = f;
	return found;
}

// sameStep reports whether instructions i and j are one step: both in one closed scope and one phase.
function sameStep(i, j) {
	const f = hiddenIn(i);
	return f >= 0 && f === hiddenIn(j) && view().run.instructions[i].phase === view().run.instructions[j].phase;
}

// sameLayer reports whether i and j are of one layer and phase.
function sameLayer(i, j) {
	const [a, b] = [view().run.instructions[i], view().run.instructions[j]];
	return (a.scope || '') === (b.scope || '') && a.phase === b.phase;
}

function samePhase(i, j) {
	return view().run.instructions[i].phase === view().run.instructions[j].phase;
}

// after is the end of the group of instructions that begins at position at.
function after(at, same) {
	const n = view().run.instructions.length;
	if (at >= n) return n;
	let i = at;
	while (i + 1 < n && same(i, i + 1)) i++;
	return i + 1;
}

// before is the end of the group before that of the instruction at.
function before(at, same) {
	if (at <= 1) return 0;
	let i = at - 1;
	while (i > 0 && same(i, i - 1)) i--;
	return i;
}

// assigns reports whether instruction i does nothing but give a parameter or a state the value that an update has
// computed. It stays an instruction of the tape, and is no step of its own: the update is.
export function assigns(i) {
	const v = view();
	const it = v.run.instructions[i];
	const node = v.run.nodes[it.results[0]];
	const from = it.operands.length === 1 ? v.makes[it.operands[0]] : -1;
	return node.assigns >= 0 && node.op === 'copy' && from >= 0 && v.run.instructions[from].phase === 'update';
}

// next is where a step forward leads: after the assignments before it, to the end of what is one.
export function next(at) {
	const n = view().run.instructions.length;
	while (at < n && assigns(at)) at++;
	return after(at, sameStep);
}

export function previous(at) {
	at = before(at, sameStep);
	while (at > 0 && assigns(at - 1)) at--;
	return at;
}

export const nextLayer = (at) => after(at, sameLayer);
export const previousLayer = (at) => before(at, sameLayer);

// finish is the end of the phase that the next instruction is of.
export const finish = (at) => after(at, samePhase);

// inside opens the scope that the next step would pass over, or that the last passed over, and steps into it.
export function inside() {
	const n = view().run.instructions.length;
	const now = state.at > 0 ? hiddenIn(state.at - 1) : -1;
	if (now >= 0) {
		let i = state.at - 1;
		while (i > 0 && sameStep(i, i - 1)) i--;
		toggle(now);
		state.at = i + 1;
		return;
	}
	if (state.at >= n) return;
	const coming = hiddenIn(state.at);
	if (coming >= 0) toggle(coming);
	state.at++;
}

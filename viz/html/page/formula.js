// The tab of the formula: the op's formula and its rule of the gradient, then the same with numbers.

import { el, svg, put, math } from './dom.js';
import { state, view, stateIndex, pending, instruction } from './state.js';
import { valueOf, elementOf, nameOf, lossName, gradsOf, short, digitsOf, sizeOf, placeOf } from './data.js';
import { opTitle, ruleOf, terms } from './parts.js';
import { countOf } from './terms.js';
import { assigns } from './steps.js';
import { pick, t } from './strings.js';
import { classOf } from './values.js';

export function drawFormula(panel, onJump) {
	const v = view();
	const i = instruction();
	if (i < 0) {
		put(panel, el('p', {}, t('formula.start')), key(), firstPart(v));
		return;
	}
	const it = v.run.instructions[i];
	const secret = pending() && it.phase !== 'forward';
	const element = Math.min(state.element, sizeOf(v.run.nodes[it.results[0]].shape) - 1);
	put(
		panel,
		heading(v, it, i),
		serves(v, it, onJump),
		rulePart(v, it),
		secret
			? el('p', { class: 'secret' }, t('secret'))
			: [
					it.phase === 'update'
						? [updateTable(v, updateOf(v, i), element), updateNumbers(v, it, element)]
						: withNumbers(v, it, element),
					chainSteps(v, it, element),
					handsOn(v, it),
					it.results.map((n) => forkBars(v, n, element)),
					it.results.map((n) => checkBadge(v, n, element)),
				],
		coming(v, it, onJump),
	);
	if (!measuring) measuring = requestAnimationFrame(() => markWide(panel));
}

let measuring = 0;

// markWide lets the keyboard move formulas that are wider than their place. To ask for widths lays out the page, so
// that is done once, when a frame is drawn, and not in the middle of a step.
function markWide(panel) {
	measuring = 0;
	const wide = [...panel.querySelectorAll('.formula')].filter((f) => f.scrollWidth > f.clientWidth);
	for (const f of wide) {
		f.setAttribute('tabindex', '0');
		f.setAttribute('role', 'group');
		f.setAttribute('aria-label', t('tab.formula'));
	}
}

// firstPart shows what the first instruction is going to do.
function firstPart(v) {
	const it = v.run.instructions[0];
	return el('section', {}, el('h2', {}, t('formula.first')), heading(v, it, 0, 'h3'), rulePart(v, it));
}

// key says what the colours of values mean.
function key() {
	return el(
		'ul',
		{ class: 'key' },
		[
			['is-data', t('key.data')],
			['is-parameter', t('key.parameter')],
			['is-gradient', t('key.gradient')],
			['is-state', t('key.state')],
			['is-update', t('key.update')],
		].map(([c, text]) => el('li', { class: c }, text)),
	);
}

function heading(v, it, i, level = 'h2') {
	const node = v.run.nodes[it.results[0]];
	const rule = ruleOf(v, it);
	return el(
		'div',
		{ class: 'op-heading' },
		el(
			level,
			{},
			rule ? pick(rule.name) : node.label || node.op || node.name,
			' ',
			el('small', {}, '#' + i + (it.scope ? ' · ' + it.scope : '')),
		),
		el('code', { class: 'line-text' }, it.text),
	);
}

// serves says which forward op an instruction of the backward pass is for.
function serves(v, it, onJump) {
	const node = v.run.nodes[it.results[0]];
	const list = [];
	if (node.of >= 0 && v.makes[node.of] >= 0) {
		list.push([t('serves'), ' ', link(v, v.makes[node.of], onJump)]);
	}
	if (node.gradOf >= 0) {
		const values = { loss: lossName(v, node.gradLoss), name: nameOf(v, node.gradOf) };
		if (v.run.losses) list.push(t('isgradient.of', values));
		else list.push(values.loss === 'L' ? t('isgradient', values) : t('isgradient.called', values));
	}
	if (it.view) list.push(t('view'));
	return list.map((text) => el('p', {}, text));
}

function link(v, i, onJump) {
	const n = v.run.instructions[i].results[0];
	return el(
		'button',
		{ type: 'button', class: 'link', onclick: () => onJump(i) },
		'#' + i + ' ' + opTitle(v, n, v.run.nodes[n].label || ''),
	);
}

// lines are formulas below each other.
function lines(list) {
	return (list || []).filter((f) => f).map((f) => el('div', { class: 'formula' }, math(f)));
}

// whereOf says what other letters stand for.
function whereOf(list) {
	return list && list.length ? el('div', { class: 'where' }, t('with'), ' ', lines(list)) : null;
}

// rulePart shows the formula and the sentence of an op; of a forward op its gradient rule too.
function rulePart(v, it) {
	const rule = ruleOf(v, it);
	if (!rule) return el('p', { class: 'quiet' }, t('norule'));
	const grads = lines(rule.grads);
	return el(
		'div',
		{ class: 'rule' },
		el('p', {}, pick(rule.does)),
		lines(rule.forward),
		letters(v, it, rule),
		whereOf(rule.where),
		it.phase === 'forward' && grads.length
			? el(
					'div',
					{ class: 'rule-back' },
					el('h3', {}, t('gradient.rule')),
					el('p', {}, pick(rule.back)),
					grads,
					whereOf(rule.whereBack),
				)
			: null,
	);
}

// letters says what the letters of a formula are.
function letters(v, it, rule) {
	const list = it.operands
		.slice(0, 8)
		.map((n, k) =>
			rule.operands[k] && !rule.operands[k].many && rule.operands[k].letter
				? el('span', {}, math(rule.operands[k].letter), ': ', nameOf(v, n))
				: null,
		)
		.filter((e) => e);
	const loss = lossName(v);
	if (loss !== 'L' && !v.run.losses && (it.phase === 'backward' || (rule.grads || []).length))
		list.push(el('span', {}, math('<mi>L</mi>'), ': ', loss));
	return list.length ? el('p', { class: 'letters' }, list) : null;
}

// withNumbers shows how the chosen element of the result is made.
function withNumbers(v, it, element) {
	const rule = ruleOf(v, it);
	const result = it.results[0];
	const shape = v.run.nodes[result].shape;
	const name = nameOf(v, result) + placeOf(element, shape);
	const y = elementOf(valueOf(v, stateIndex(), result), element);
	if (y === undefined || !rule) return null;
	const list = terms(v, it, element);
	if (!list) return null;
	const title = el('h3', {}, t('numbers', { name }));
	if (rule.operands.some((o) => o.many) && rule.element.kind === 'elementwise') {
		const addends = it.operands.map((n, k) => elementOf(valueOf(v, stateIndex(), n), list[0].places[k]));
		return el('div', { class: 'numbers' }, title, sumLine(addends, y));
	}
	if (rule.element.kind === 'elementwise')
		return el('div', { class: 'numbers' }, title, filled(v, it, rule, list[0], element));
	return el(
		'div',
		{ class: 'numbers' },
		title,
		joined(v, it, rule, list, y),
	);
}

// filled are the formulas of an elementwise op with numbers in the place of letters.
function filled(v, it, rule, term, element) {
	const values = new Map(
		it.operands.map((n, k) => ['x' + k, elementOf(valueOf(v, stateIndex(), n), term.places[k])]),
	);
	for (const n of it.results) {
		const result = v.run.nodes[n].result || 0;
		values.set(result ? 'y' + result : 'y', elementOf(valueOf(v, stateIndex(), n), element));
	}
	const sums = ['add', 'sub'].includes(v.run.nodes[it.results[0]].op);
	const digits = sums ? digitsOf([values.get('x0'), values.get('x1')], values.get('y')) : 4;
	values.set('n', countOf(rule.element, v.run.nodes[it.operands[0]].shape) || undefined);
	return (rule.filled || rule.forward).map((f) => {
		const m = math(f);
		const left = m.querySelector('[data-v]');
		for (const e of m.querySelectorAll('[data-v]')) {
			const value = values.get(e.dataset.v);
			if (value !== undefined) e.replaceWith(numberElement(value, e !== left, e === left ? 4 : digits));
		}
		return el('div', { class: 'formula' }, m);
	});
}

// bracketed writes a number as it stands after a sign.
function bracketed(value, digits) {
	return value < 0 ? '(' + short(value, digits) + ')' : short(value, digits);
}

// sumLine writes numbers and their sum.
function sumLine(addends, sum) {
	const digits = digitsOf(addends, sum);
	const terms = addends.map((x) => bracketed(x, digits)).join(' + ');
	return el('p', { class: 'sum' }, terms, ' = ', el('b', {}, short(sum)));
}

function numberElement(value, within, digits) {
	const text = within ? bracketed(value, digits) : short(value, digits);
	return math('<math><mn>' + text + '</mn></math>').firstChild;
}

const mostTerms = 9;

// joined writes a sum, mean, maximum or minimum of terms with their numbers. Of many addends those that are 0 are left
// out, and of those that are still too many some.
function joined(v, it, rule, list, y) {
	const { kind, fold } = rule.element;
	const adds = !['max', 'min'].includes(fold) && kind !== 'along';
	const all = list.map((x) => factorsOf(v, it, rule.element, x));
	const products = all.map((factors) => factors.reduce((a, b) => a * b, 1));
	const many = adds && all.length > mostTerms && products.some((p) => p !== 0);
	const seen = many ? all.filter((_, k) => products[k] !== 0) : all;
	const long = seen.length > mostTerms;
	const divisor = fold === 'mean' ? Math.round(1 / (list[0]?.weight ?? 1)) : 1;
	const digits = long || !adds ? 4 : digitsOf(products, y * divisor);
	const chosen = (long ? [...seen.slice(0, mostTerms - 1), seen[seen.length - 1]] : seen).map((factors) =>
		el('span', { class: 'term' }, factors.map((f) => bracketed(f, digits)).join(' · ') || '0'),
	);
	if (long) chosen.splice(mostTerms - 1, 0, '…');
	const between = chosen.flatMap((e, k) => (k ? [adds ? ' + ' : ', ', e] : [e]));
	const [before, after] = { max: ['max(', ')'], min: ['min(', ')'], mean: ['(', ') / ' + divisor] }[fold] || ['', ''];
	const sign = kind === 'along' ? ' → ' : ' = ';
	return [
		el('p', { class: 'sum' }, before, between.length ? between : '0', after, sign, el('b', {}, short(y))),
		el('p', { class: 'quiet' }, termsText(list.length, list.length - seen.length)),
	];
}

function termsText(n, left) {
	return left ? t('terms.left', { n, left }) : t('terms', { n });
}

// factorsOf are the numbers whose product is a term.
function factorsOf(v, it, element, term) {
	const factors = term.places
		.map((p, k) => (p >= 0 ? elementOf(valueOf(v, stateIndex(), it.operands[k]), p) : undefined))
		.filter((n) => n !== undefined);
	if (element.kind === 'lookup') factors.splice(1);
	return term.weight !== 1 && element.fold !== 'mean' ? [term.weight, ...factors] : factors;
}

// stepsOf are the steps of the reverse pass whose contribution an instruction computes.
function stepsOf(v, it) {
	return it.results.flatMap((n) => v.steps.get(n) || []);
}

// chainSteps shows upstream × local = downstream for each contribution that the instruction computes.
function chainSteps(v, it, element) {
	return stepsOf(v, it).map((s) => {
		const of = v.run.nodes[s.of];
		const operand = (of.operands || [])[s.operand];
		const head = el('h3', {}, t('chain', { operand: nameOf(v, operand), of: nameOf(v, s.of) }), ofLoss(v, s.loss));
		return el('div', { class: 'chain' }, head, chainNumbers(v, s, operand, element) || chainRule(v, s));
	});
}

// ofLoss names the loss, where there are several.
function ofLoss(v, place) {
	return v.run.losses ? ' · ' + t('of.loss', { loss: lossName(v, place) }) : '';
}

function chainNumbers(v, s, operand, element) {
	if (s.local < 0 || s.up < 0) return null;
	const local = valueOf(v, stateIndex(), s.local);
	const shape = v.run.nodes[s.of].shape;
	const e = Math.min(element, sizeOf(shape) - 1);
	const u = elementOf(valueOf(v, stateIndex(), s.up), e);
	const l = elementOf(local, local.data && local.data.length === 1 ? 0 : e);
	const d = elementOf(valueOf(v, stateIndex(), s.d), e);
	if (u === undefined || l === undefined || d === undefined) return null;
	return el(
		'div',
		{ class: 'product' },
		factor('is-gradient', t('upstream'), fraction(lossName(v, s.loss), nameOf(v, s.of)), u),
		el('span', { class: 'times' }, '×'),
		factor('is-data', t('local'), fraction(nameOf(v, s.of), nameOf(v, operand)), l),
		el('span', { class: 'times' }, '='),
		factor('is-gradient', t('downstream'), fraction(lossName(v, s.loss), nameOf(v, operand)), d),
		el('span', { class: 'quiet' }, placeOf(e, shape)),
	);
}

function factor(c, name, symbol, value) {
	return el('div', { class: 'factor ' + c }, el('small', {}, name), symbol, el('b', {}, short(value)));
}

// fraction is ∂a/∂b.
function fraction(a, b) {
	const m = math('<math><mfrac><mrow><mo>∂</mo><mi></mi></mrow><mrow><mo>∂</mo><mi></mi></mrow></mfrac></math>');
	const letters = m.querySelectorAll('mi');
	letters[0].textContent = a;
	letters[1].textContent = b;
	return m;
}

// chainRule is the rule of the op that hands a contribution on.
function chainRule(v, s) {
	const rule = v.makes[s.of] >= 0 ? ruleOf(v, v.run.instructions[v.makes[s.of]]) : null;
	const f = rule && rule.grads && (rule.grads[s.operand] || rule.grads[rule.grads.length - 1]);
	return f ? el('div', { class: 'formula' }, math(f)) : null;
}

// handsOn says where a gradient goes on unchanged: an addition hands on what it gets.
function handsOn(v, it) {
	const steps = stepsOf(v, it).filter((s) => it.results.includes(s.up));
	const names = steps.map((s) => nameOf(v, v.run.nodes[s.of].operands[s.operand]) + ofLoss(v, s.loss));
	return names.length ? el('p', { class: 'quiet' }, t('handson', { names: names.join(', ') })) : null;
}

// forkBars show the contributions to a gradient; a value may be the gradient of two losses.
function forkBars(v, n, element) {
	return (v.run.forks || [])
		.filter((f) => f.sum === n && f.steps.length > 1)
		.map((fork) => forkBar(v, fork, element));
}

// forkBar shows them as segments of a bar that add up.
function forkBar(v, fork, element) {
	const n = fork.sum;
	const e = Math.min(element, sizeOf(v.run.nodes[n].shape) - 1);
	const list = fork.steps.map((k) => {
		const s = v.run.steps[k];
		return { from: nameOf(v, s.of), operand: s.operand, x: elementOf(valueOf(v, stateIndex(), s.d), e) };
	});
	const sum = elementOf(valueOf(v, stateIndex(), n), e);
	if (sum === undefined || list.some((c) => c.x === undefined)) return null;
	const addends = list.map((c) => c.x);
	const digits = digitsOf(addends, sum);
	return el(
		'div',
		{ class: 'fork' },
		el('h3', {}, t('fork', { name: nameOf(v, fork.node) + placeOf(e, v.run.nodes[n].shape), n: list.length }), ofLoss(v, fork.loss)),
		stackedBar(list),
		el(
			'ol',
			{},
			list.map((c, k) =>
				el(
					'li',
					{ class: 'part-' + (k % 6) },
					el('i', { class: 'swatch', 'aria-hidden': 'true' }),
					t('fork.from', { name: c.from, operand: c.operand + 1 }),
					' ',
					el('b', {}, short(c.x, digits)),
				),
			),
		),
		sumLine(addends, sum),
	);
}

// stackedBar draws what is above 0 to the right and what is below to the left, one after the other from 0.
function stackedBar(list) {
	const plus = list.reduce((a, c) => a + Math.max(c.x, 0), 0);
	const minus = list.reduce((a, c) => a + Math.max(-c.x, 0), 0);
	const scale = 420 / (plus + minus || 1);
	const zero = 10 + minus * scale;
	let [right, left] = [zero, zero];
	const sum = list.reduce((a, c) => a + c.x, 0);
	const segments = list.map((c, k) => {
		const w = Math.abs(c.x) * scale;
		const x = c.x >= 0 ? right : left - w;
		if (c.x >= 0) right += w;
		else left -= w;
		return svg(
			'g',
			{ class: 'part-' + (k % 6) },
			svg('rect', { x, y: 6, width: Math.max(w - 1, 0.5), height: 22 }),
			w > wideOf(short(c.x)) ? svg('text', { x: x + w / 2, y: 21, 'text-anchor': 'middle' }, short(c.x)) : null,
		);
	});
	const total = '0' === short(sum) ? '0' : 'Σ ' + short(sum);
	const half = wideOf(total) / 2;
	return svg(
		'svg',
		{ class: 'stacked', viewBox: '0 0 440 50', 'aria-hidden': 'true' },
		segments,
		svg('path', { class: 'zero', d: `M${zero} 0V50` }),
		svg('path', { class: 'total', d: `M${zero} 36H${zero + sum * scale}M${zero + sum * scale} 31v10` }),
		svg(
			'text',
			{ x: Math.max(half, Math.min(440 - half, zero + sum * scale)), y: 49, 'text-anchor': 'middle' },
			total,
		),
	);
}

// wideOf is about how wide a number is that stands in a bar, in pixels.
const wideOf = (text) => 8 * text.length + 6;

// checkBadge says how far a gradient agrees with finite differences.
function checkBadge(v, n, element) {
	const check = (v.run.states[stateIndex()].checks || []).find((c) => c.grad === n);
	if (!check) return null;
	if (!(check.at || []).length)
		return el('p', { class: 'badge unknown' }, '○ ', t('check.none', { why: whyText(check.why) }));
	const k = Math.max(0, check.at.indexOf(element));
	return el(
		'div',
		{ class: 'badge ' + (check.ok ? 'good' : 'bad') },
		el('b', {}, check.ok ? '✓ ' + t('check.good') : '✗ ' + t('check.bad')),
		' ',
		t('check.numbers', {
			place: placeOf(check.at[k], v.run.nodes[n].shape),
			symbolic: short(check.symbolic[k]),
			numeric: short(check.numeric[k]),
			error: short(check.error),
			n: check.at.length,
		}),
		check.why ? ' ' + t('check.leftout', { why: whyText(check.why) }) : '',
	);
}

// whyText says why elements of a gradient are not compared.
function whyText(why) {
	const known = { kink: t('why.kink'), 'too small': t('why.small') };
	return (why || '')
		.split(', ')
		.map((w) => known[w] || w)
		.join(t('why.and'));
}

// updateTable shows a step of an optimiser: parameter, gradient, state and what becomes of them, each as what it is.
function updateTable(v, it, element) {
	const operands = it.operands;
	const row = (n, name) => {
		const value = valueOf(v, stateIndex(), n);
		const size = sizeOf(v.run.nodes[n].shape);
		return el(
			'tr',
			{ class: roleClass(v, n) },
			el('th', { scope: 'row' }, roleName(v, n)),
			el('td', {}, name || nameOf(v, n)),
			el('td', { class: 'n' }, short(elementOf(value, size === 1 ? 0 : element))),
		);
	};
	const before = operands.map((n) => row(n));
	const after = it.results.map((n) => row(n, assigned(v, n)));
	const p = operands.find((n) => v.run.nodes[n].kind === 'parameter');
	const p1 = it.results.find((n) => targetOf(v, n) === p);
	let change = null;
	if (p !== undefined && p1 !== undefined) {
		const [a, b] = [
			elementOf(valueOf(v, stateIndex(), p), element),
			elementOf(valueOf(v, stateIndex(), p1), element),
		];
		if (a !== undefined && b !== undefined) {
			const digits = digitsOf([a, b], b - a);
			change = el(
				'p',
				{ class: 'sum' },
				t('change', { name: nameOf(v, p) + placeOf(element, v.run.nodes[p].shape) }),
				' ',
				short(b, digits),
				' − ',
				bracketed(a, digits),
				' = ',
				el('b', {}, short(b - a)),
			);
		}
	}
	return el(
		'div',
		{ class: 'update' },
		el(
			'table',
			{},
			el('caption', {}, t('update.caption', { place: placeOf(element, v.run.nodes[it.results[0]].shape) })),
			el('tbody', {}, before),
			el('tbody', { class: 'after' }, after),
		),
		change,
	);
}

// updateNumbers are the formulas of a step with the numbers of one element.
function updateNumbers(v, it, element) {
	const rule = ruleOf(v, it);
	const copy = v.run.nodes[it.results[0]].op === 'copy'; // of a number onto itself
	return rule && !copy && rule.element.kind === 'elementwise' ? withNumbers(v, it, element) : null;
}

// updateOf is the instruction that computes what i assigns, i itself if it computes.
function updateOf(v, i) {
	const it = v.run.instructions[i];
	return assigns(i) ? v.run.instructions[v.makes[it.operands[0]]] : it;
}

// targetOf is the parameter or state that takes value n, undefined for none.
function targetOf(v, n) {
	const a = v.run.nodes[n].assigns;
	return a >= 0 ? a : v.targets.get(n);
}

function assigned(v, n) {
	const target = targetOf(v, n);
	return target === undefined ? nameOf(v, n) : nameOf(v, target) + ' ←';
}

function roleClass(v, n) {
	const target = targetOf(v, n);
	if (target === undefined) return classOf(v, n);
	return classOf(v, target) === 'is-parameter' ? 'is-update' : 'is-state';
}

function roleName(v, n) {
	return {
		'is-parameter': t('role.parameter'),
		'is-gradient': t('role.gradient'),
		'is-state': t('role.state'),
		'is-update': t('role.update'),
		'is-data': t('role.data'),
	}[roleClass(v, n)];
}

// coming tells, for a forward op, what the gradient of its result will be.
function coming(v, it, onJump) {
	if (it.phase !== 'forward') return null;
	return gradsOf(v, it.results[0])
		.filter(({ grad }) => v.makes[grad] >= 0)
		.map(({ loss, grad }) =>
			el('p', { class: 'quiet' }, t('coming'), ' ', link(v, v.makes[grad], onJump), ofLoss(v, loss)),
		);
}

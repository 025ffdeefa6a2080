// Making elements. Text is text: nothing here reads markup but math, and that takes elements of MathML alone.

const svgSpace = 'http://www.w3.org/2000/svg';
const mathSpace = 'http://www.w3.org/1998/Math/MathML';

// el makes an element of HTML. Children are elements and strings; a handler is an attribute that begins with "on".
export function el(tag, attributes = {}, ...children) {
	return fill(document.createElement(tag), attributes, children);
}

// svg makes an element of SVG.
export function svg(tag, attributes = {}, ...children) {
	return fill(document.createElementNS(svgSpace, tag), attributes, children);
}

function fill(e, attributes, children) {
	for (const [name, value] of Object.entries(attributes)) {
		if (value === undefined || value === false || value === null) continue;
		if (name.startsWith('on')) e.addEventListener(name.slice(2), value);
		else e.setAttribute(name, value === true ? '' : value);
	}
	for (const c of children.flat(Infinity)) if (c !== undefined && c !== null) e.append(c);
	return e;
}

// put replaces what is in e.
export function put(e, ...children) {
	e.replaceChildren(...children.flat(Infinity).filter((c) => c !== undefined && c !== null));
}

const formulas = new Map(); // those that were read already

// math makes elements of a formula in MathML.
export function math(text) {
	if (!formulas.has(text)) {
		const doc = new DOMParser().parseFromString(text, 'text/xml');
		const copy = mathCopy(doc.documentElement);
		if (copy) stretchBraces(copy);
		formulas.set(text, copy || el('code', {}, text));
	}
	return formulas.get(text).cloneNode(true);
}

// stretchBraces marks a sign before a table with its number of rows: the style makes it as high. Without a font for
// mathematics browsers do not.
function stretchBraces(formula) {
	for (const mo of formula.querySelectorAll('mo')) {
		if (mo.nextElementSibling?.localName !== 'mtable') continue;
		mo.setAttribute('stretchy', 'false');
		mo.dataset.rows = Math.min(mo.nextElementSibling.children.length, 4);
	}
}

const mathTags = new Set([
	'math',
	'mrow',
	'mi',
	'mn',
	'mo',
	'mtext',
	'mspace',
	'mfrac',
	'msqrt',
	'mroot',
	'msub',
	'msup',
	'msubsup',
	'munder',
	'mover',
	'munderover',
	'mtable',
	'mtr',
	'mtd',
	'mstyle',
	'mpadded',
	'mphantom',
	'mmultiscripts',
	'mprescripts',
	'semantics',
]);

const mathAttributes = new RegExp(
	'^(data-\\w+|display|mathvariant|stretchy|fence|separator|form|lspace|rspace|width|linethickness|columnalign|' +
		'accent|movablelimits|largeop|symmetric|minsize|maxsize)$',
);

function mathCopy(node) {
	if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.data);
	if (node.nodeType !== Node.ELEMENT_NODE || !mathTags.has(node.localName)) return null;
	const e = document.createElementNS(mathSpace, node.localName);
	for (const a of node.attributes) {
		if (mathAttributes.test(a.name)) {
			e.setAttribute(a.name, a.value);
		}
	}
	for (const c of node.childNodes) {
		const copy = mathCopy(c);
		if (copy) e.append(copy);
	}
	return e;
}

// prose makes a text that may hold formulas between \( and \). The comma behind a formula stays on its line.
export function prose(text) {
	const parts = text.split(/\\\(([\s\S]*?)\\\)/);
	const made = [];
	for (let i = 0; i < parts.length; i += 2) {
		const [comma] = made.length ? /^[,.;:!?)，。、；：！？）”]*/.exec(parts[i]) : [''];
		if (comma) made.push(el('span', { class: 'together' }, made.pop(), comma));
		made.push(parts[i].slice(comma.length));
		if (i + 1 < parts.length) made.push(math(mathOf(parts[i + 1])));
	}
	return made.filter((p) => p !== '');
}

// mathOf makes a whole formula of a part of one.
function mathOf(part) {
	return part.trim().startsWith('<math') ? part : '<math>' + part + '</math>';
}

// What a reader would stumble over in the page as it stands: a list of sentences, empty if there is nothing.
(() => {
	const faults = [];
	const visible = (e) =>
		e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !e.closest('[inert], .unseen');
	const name = (e) =>
		e.tagName.toLowerCase() +
		(e.id ? '#' + e.id : '') +
		(typeof e.className === 'string' && e.className ? '.' + e.className.trim().replace(/\s+/g, '.') : '') +
		' "' +
		e.textContent.trim().slice(0, 30) +
		'"';

	// The part of a rectangle that no ancestor hides.
	const seen = (r, e) => {
		let [x0, y0, x1, y1] = [r.left, r.top, r.right, r.bottom];
		for (let a = e; a && a !== document.documentElement; a = a.parentElement) {
			const s = getComputedStyle(a);
			if (a instanceof SVGElement || (s.overflowX === 'visible' && s.overflowY === 'visible')) continue;
			const b = a.getBoundingClientRect();
			[x0, y0, x1, y1] = [
				Math.max(x0, b.left),
				Math.max(y0, b.top),
				Math.min(x1, b.right),
				Math.min(y1, b.bottom),
			];
		}
		return [Math.max(x0, 0), Math.max(y0, 0), Math.min(x1, innerWidth), Math.min(y1, innerHeight)];
	};

	const texts = [];
	const all = []; // those too that are not in sight
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) {
		const node = walk.currentNode;
		const e = node.parentElement;
		if (!node.data.trim() || !e || e.closest('script, style, noscript, title, desc, option') || !visible(e))
			continue;
		const range = document.createRange();
		range.selectNodeContents(node);
		for (const r of range.getClientRects()) {
			const [x0, y0, x1, y1] = seen(r, e);
			if (r.width > 1 && r.height > 1) all.push({ e, r });
			if (x1 - x0 > 1 && y1 - y0 > 1) texts.push({ node, e, x0, y0, x1, y1, h: r.height });
		}
	}

	// Texts that lie on each other.
	for (let i = 0; i < texts.length; i++) {
		for (let k = i + 1; k < texts.length; k++) {
			const [a, b] = [texts[i], texts[k]];
			if (a.node === b.node || (a.e.closest('math') && a.e.closest('math') === b.e.closest('math'))) continue;
			const w = Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0);
			const h = Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0);
			if (w > 2 && h > Math.min(a.h, b.h) * 0.35 && !covered(a) && !covered(b))
				faults.push('texts overlap: ' + name(a.e) + ' and ' + name(b.e));
		}
	}

	// What lies below something that does not move with it, the row of tabs or the foot, is not seen.
	function covered(t) {
		const top = document.elementFromPoint((t.x0 + t.x1) / 2, (t.y0 + t.y1) / 2)?.closest('[role=tablist], #foot');
		return top && !top.contains(t.e) && getComputedStyle(top).position === 'sticky';
	}

	// Texts that no scrolling brings into sight: what holds them hides them, or they lie before where scrolling begins.
	for (const t of all) {
		const why = lost(t);
		if (why && !t.e.closest('svg')) faults.push(why + ': ' + name(t.e));
	}

	function lost({ e, r }) {
		let [x0, y0, x1, y1] = [r.left, r.top, r.right, r.bottom];
		// A line of text is as high as its font, not as its letters, and signs of formulas are of any font.
		const [dx, dy] = [3, r.height * (e.closest('math') ? 0.5 : 0.25)];
		for (let a = e; a && a !== document.body; a = a.parentElement) {
			const s = getComputedStyle(a);
			if (s.display === 'inline' || (s.overflowX === 'visible' && s.overflowY === 'visible')) continue;
			const b = a.getBoundingClientRect();
			const told = s.textOverflow === 'ellipsis' && (a.closest('[title]') || a).title;
			if (scrolls(s.overflowX)) {
				if (x0 - b.left + a.scrollLeft < -dx) return 'text lies left of where scrolling begins';
				[x0, x1] = [b.left, b.right];
			} else if (!told && !a.title && (x0 < b.left - dx || x1 > b.right + dx))
				return 'text is hidden at a side';
			else [x0, x1] = [Math.max(x0, b.left), Math.min(x1, b.right)];
			if (scrolls(s.overflowY)) {
				if (y0 - b.top + a.scrollTop < -dy) return 'text lies above where scrolling begins';
				[y0, y1] = [b.top, b.bottom];
			} else if (y0 < b.top - dy || y1 > b.bottom + dy) return 'text is hidden above or below';
			else [y0, y1] = [Math.max(y0, b.top), Math.min(y1, b.bottom)];
		}
		const root = document.documentElement;
		return x0 + scrollX < -dx || y0 + scrollY < -dy || y1 + scrollY > root.scrollHeight + dy
			? 'text lies outside of the page'
			: '';
	}

	function scrolls(overflow) {
		return overflow === 'auto' || overflow === 'scroll';
	}

	// Texts that are cut off, and do not say so by … and a title that has the whole.
	for (const e of new Set(texts.map((t) => t.e))) {
		const s = getComputedStyle(e);
		if (
			e instanceof SVGElement ||
			s.overflowX === 'visible' ||
			s.overflowX === 'auto' ||
			e.scrollWidth <= e.clientWidth + 1
		)
			continue;
		if (s.textOverflow !== 'ellipsis' || !(e.closest('[title]') || e).title)
			faults.push('text is cut off: ' + name(e));
	}
	for (const e of document.querySelectorAll(
		'button, [role=tab], summary, legend, figcaption, h1, h2, h3, dt, dd, th, label',
	)) {
		if (
			visible(e) &&
			!e.classList.contains('box') &&
			!e.classList.contains('frame-title') &&
			e.scrollWidth > e.clientWidth + 1 &&
			getComputedStyle(e).display !== 'inline'
		)
			faults.push('text is wider than its place: ' + name(e));
	}
	for (const t of document.querySelectorAll('svg text')) {
		if (!visible(t)) continue;
		const [a, b] = [t.getBoundingClientRect(), t.ownerSVGElement.getBoundingClientRect()];
		if (a.left < b.left - 2 || a.right > b.right + 2 || a.top < b.top - 3 || a.bottom > b.bottom + 3)
			faults.push('text leaves its drawing: ' + name(t));
	}
	if (document.documentElement.scrollWidth > innerWidth + 1) faults.push('the page is wider than the window');

	// Names of what can be used.
	for (const e of document.querySelectorAll(
		'button, input, select, [role=tab], [role=img], [role=group], [role=grid], [role=tabpanel], dialog[open]',
	)) {
		if (!visible(e)) continue;
		const by = e.getAttribute('aria-labelledby');
		const label =
			e.getAttribute('aria-label') ||
			(by && document.getElementById(by)?.textContent) ||
			e.labels?.[0]?.textContent ||
			(e.matches('button, [role=tab]') && e.textContent) ||
			e.title;
		if (!label || !label.trim()) faults.push('no name: ' + name(e));
	}
	// Links that nothing stands between read as one.
	for (const e of document.querySelectorAll('button.link')) {
		const next = e.nextSibling;
		if (visible(e) && next instanceof Element && next.matches('button.link'))
			faults.push('nothing between two links: ' + name(e));
	}

	// What can be read or used lies in a landmark, by which one who does not see the page moves on it.
	const landmarks =
		'main, nav, aside, dialog, [role=status], section[aria-label], form[aria-label], ' +
		'body > header:not([role]), body > footer:not([role])';
	for (const e of [...new Set(all.map((t) => t.e)), ...document.querySelectorAll('button, input, select')])
		if (visible(e) && !e.closest(landmarks)) faults.push('in no landmark: ' + name(e));

	// Headings lead from a level to the next, and none is left out.
	let level = document.querySelector('dialog[open]') ? 1 : 0;
	for (const e of document.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
		if (!visible(e)) continue;
		const n = Number(e.tagName[1]);
		if (n > level + 1) faults.push('a heading skips a level: ' + name(e));
		level = n;
	}

	const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
	for (const id of new Set(ids.filter((x, i) => ids.indexOf(x) !== i)))
		faults.push('two elements have the id ' + id);

	// Contrast of texts against what is behind them.
	const rgb = (c) => (c.match(/[\d.]+/g) || []).map(Number);
	const light = (c) => {
		const [r, g, b] = c.map((v) => {
			v /= 255;
			return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
		});
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const behind = (e) => {
		for (let a = e; a; a = a.parentElement) {
			if (a.classList.contains('box'))
				return rgb(getComputedStyle(a.querySelector('.outline')).fill).slice(0, 3);
			const c = rgb(getComputedStyle(a).backgroundColor);
			if (c.length === 3 || c[3] > 0.5) return c.slice(0, 3);
		}
		return [255, 255, 255];
	};
	const opacity = (e) => {
		let o = 1;
		for (let a = e; a; a = a.parentElement) o *= Number(getComputedStyle(a).opacity);
		return o;
	};
	const told = new Set();
	for (const t of texts) {
		if (t.e instanceof SVGElement || t.e.closest(':disabled, figure')) continue;
		const [under, o] = [behind(t.e), opacity(t.e)];
		const over = rgb(getComputedStyle(t.e).color).map((v, i) => v * o + under[i] * (1 - o));
		const [a, b] = [light(over.slice(0, 3)), light(under)];
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		const what = name(t.e).replace(/ ".*/, '');
		if (ratio < 4.5 && !told.has(what)) {
			told.add(what);
			faults.push('contrast ' + ratio.toFixed(2) + ': ' + name(t.e));
		}
	}
	return [...new Set(faults)];
})();

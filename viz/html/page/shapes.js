// The forms of boxes. A kind is told by its form, so colour is never alone.

import { svg } from './dom.js';

// boxShape is the outline of a box of a kind, w by h.
export function boxShape(kind, w, h) {
	return svg(
		'svg',
		{ class: 'shape', width: w, height: h, viewBox: `0 0 ${w} ${h}`, 'aria-hidden': 'true' },
		outline(kind, w - 1, h - 1),
		sign(kind, w, h),
	);
}

function outline(kind, w, h) {
	const path = (d) => svg('path', { d, transform: 'translate(.5 .5)', class: 'outline' });
	const rect = (r) => svg('rect', { x: 0.5, y: 0.5, width: w, height: h, rx: r, class: 'outline' });
	switch (kind) {
		case 'input':
			return rect(Math.min(h / 2, 20));
		case 'parameter':
		case 'frozen':
		case 'grad':
			return path(`M0 0H${w - 11}L${w} 11V${h}H0Z`);
		case 'loss':
			return path(`M12 0H${w - 12}L${w} ${h / 2}L${w - 12} ${h}H12L0 ${h / 2}Z`);
		case 'pool':
			return path(`M10 0H${w - 10}L${w} ${h}H0Z`);
		case 'update':
			return path(`M0 0H${w - 10}L${w} ${h / 2}L${w - 10} ${h}H0Z`);
		case 'state':
			return path(`M0 5Q${w / 2} -5 ${w} 5V${h - 5}Q${w / 2} ${h + 5} 0 ${h - 5}Z`);
		case 'constant':
			return rect(2);
		default:
			return rect(6);
	}
}

// sign is the mark of a kind beside its form.
function sign(kind, w, h) {
	switch (kind) {
		case 'parameter':
		case 'grad':
			return svg('path', { d: `M${w - 11.5} .5V11.5H${w - 0.5}`, class: 'outline none' });
		case 'frozen':
			return svg('path', {
				d: `M${w - 18} ${h - 14}h11v9h-11zM${w - 15.5} ${h - 14}v-3a3 3 0 0 1 6 0v3`,
				class: 'outline none',
			});
		case 'back':
			return svg('path', { d: `M4.5 1V${h - 1}`, class: 'outline none' });
		case 'random':
			return svg('path', {
				d: `M${w - 17} 5h11v11h-11zM${w - 14} 8h.5M${w - 9.5} 13h.5M${w - 12} 10.5h.5`,
				class: 'outline none',
			});
		case 'stack':
			return svg('path', {
				d: `M4 ${h - 0.5}v3H${w + 3}V4H${w - 0.5}M8 ${h + 2.5}v3H${w + 6}V8h-3`,
				class: 'outline none',
			});
		case 'scope':
			return svg('path', { d: `M3.5 ${h - 3.5}H${w - 3.5}V4`, class: 'outline none' });
		default:
			return null;
	}
}

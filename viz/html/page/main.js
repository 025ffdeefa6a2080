// The page: draws what the state says, and changes the state by keys, buttons and the address.

import { el, put, prose } from './dom.js';
import { trace } from './data.js';
import { state, view, stateIndex, tabs, themes, settle, choose, visit, address, pending } from './state.js';
import { pick, t, translate } from './strings.js';
import { makeLadder, drawLadder, turnScope } from './ladder.js';
import { makeScrubber, drawScrubber, whereText } from './scrubber.js';
import { next, previous, nextLayer, previousLayer, finish, inside } from './steps.js';
import { drawFormula } from './formula.js';
import { drawValues } from './values.js';
import { drawTape } from './tape.js';
import { drawMemory } from './memory.js';
import { drawCode } from './code.js';
import { drawCard, moveStop, turnTo, visitStop } from './card.js';
import { drawControls, plain } from './controls.js';
import { drawFigures } from './figures.js';
import { showHelp, showSearch } from './dialogs.js';

const byId = (id) => document.getElementById(id);

// draw shows the state: all of it, or only what changes with the position.
function draw(all = true, follow = true) {
	if (all) drawFixed();
	drawLadder(follow);
	drawScrubber();
	drawPanel();
	say();
	keepAddress();
}

function drawFixed() {
	translate(document);
	document.documentElement.dataset.theme = state.theme;
	document.title = plain(pick(trace.title));
	put(byId('title'), prose(pick(trace.title)));
	byId('theme').textContent = { auto: t('theme.auto'), light: t('theme.light'), dark: t('theme.dark') }[state.theme];
	drawRuns();
	drawControls(byId('controls'), () => draw());
	drawCard(byId('card'), () => draw());
	drawTabs();
	byId('alarm').hidden = !alarms().length;
	byId('alarm').textContent = t('alarm.next') + ' (' + alarms().length + ')';
}

// drawRuns offers the runs and their states where no controls choose among them.
function drawRuns() {
	const select = byId('run');
	const many = !(trace.controls || []).length && trace.settings.length > 1;
	byId('run-label').hidden = !many;
	if (!many) return;
	put(
		select,
		trace.settings.map((s, i) => {
			const run = trace.runs[s.run];
			const name =
				run.states.length > 1 ? pick(run.name) + ' · ' + pick(run.states[s.state].name) : pick(run.name);
			return el('option', { value: i, selected: i === state.setting }, plain(name));
		}),
	);
	select.value = state.setting;
}

function drawTabs() {
	const names = {
		figures: t('tab.figures'),
		formula: t('tab.formula'),
		values: t('tab.values'),
		tape: t('tab.tape'),
		memory: t('tab.memory'),
		code: t('tab.code'),
	};
	put(
		byId('tabs'),
		tabs.map((id) =>
			el(
				'button',
				{
					type: 'button',
					role: 'tab',
					id: 'tab-' + id,
					'aria-controls': 'panel',
					'aria-selected': id === state.tab ? 'true' : 'false',
					tabindex: id === state.tab ? '0' : '-1',
					onclick: () => {
						state.tab = id;
						drawTabs();
						drawPanel();
						keepAddress();
						byId('tab-' + id).focus();
					},
				},
				names[id],
			),
		),
	);
	byId('panel').setAttribute('aria-labelledby', 'tab-' + state.tab);
}

// drawPanel shows the chosen tab. What goes wrong in one is said in it, and leaves the rest of the page as it should
// be.
function drawPanel() {
	const panel = byId('panel');
	if (panel.dataset.tab !== state.tab) panel.dataset.tab = state.tab;
	try {
		drawTab(panel);
		alarmNotes(panel);
	} catch (e) {
		put(panel, el('p', { class: 'note', role: 'alert' }, t('panel.failed', { error: String(e) })));
		console.error(e);
	}
}

function drawTab(panel) {
	const redraw = () => {
		drawPanel();
		keepAddress();
	};
	switch (state.tab) {
		case 'figures':
			drawFigures(panel);
			break;
		case 'formula':
			drawFormula(panel, jump);
			break;
		case 'values':
			drawValues(panel, redraw);
			break;
		case 'tape':
			drawTape(panel, jump);
			break;
		case 'memory':
			drawMemory(panel, jump);
			break;
		case 'code':
			drawCode(panel);
			break;
	}
}

// alarmNotes says what is to be noticed about the results of the present instruction.
function alarmNotes(panel) {
	if (state.at < 1 || pending()) return;
	const results = view().run.instructions[state.at - 1].results;
	const list = alarms().filter((a) => results.includes(a.node) || a.node === state.picked);
	panel.prepend(...list.map((a) => el('p', { class: 'note' }, '⚠ ', prose(pick(a.text)))));
}

function alarms() {
	return view().run.states[stateIndex()].alarms || [];
}

// nextAlarm goes to the next value that is to be noticed, the first after the last.
function nextAlarm() {
	const v = view();
	const places = alarms()
		.map((a) => ({
			a,
			at:
				v.makes[a.node] >= 0
					? v.makes[a.node] + 1
					: v.run.instructions.findIndex((it) => it.operands.includes(a.node)) + 1,
		}))
		.filter((p) => p.at > 0)
		.sort((p, q) => p.at - q.at);
	const to = places.find((p) => p.at > state.at) || places[0];
	if (!to) return;
	state.at = to.at;
	state.picked = v.makes[to.a.node] < 0 ? to.a.node : -1;
	draw(false);
}

// say tells the step to those who do not see it.
let said;

function say() {
	const v = view();
	const it = state.at > 0 ? v.run.instructions[state.at - 1] : null;
	const text = whereText() + (it ? ': ' + it.text : '');
	if (text === said) return;
	said = text;
	byId('live').textContent = text;
}

// keepAddress writes the state into the address, not more often than browsers like.
let waiting = 0;
let written = '';

function keepAddress() {
	clearTimeout(waiting);
	waiting = setTimeout(() => {
		written = address();
		if (written !== location.hash) history.replaceState(null, '', written);
	}, 250);
}

// move goes to a position.
function move(at) {
	state.at = Math.max(0, Math.min(view().run.instructions.length, at));
	state.picked = -1;
	draw(false);
}

function jump(i) {
	move(i + 1);
}

let playing = 0;

function play() {
	if (playing) return stop();
	if (state.at >= view().run.instructions.length) move(0);
	playing = setInterval(() => {
		move(next(state.at));
		if (state.at >= view().run.instructions.length) stop();
	}, 700);
	byId('play').setAttribute('aria-pressed', 'true');
}

function stop() {
	clearInterval(playing);
	playing = 0;
	byId('play').setAttribute('aria-pressed', 'false');
}

function stepInside() {
	inside();
	state.picked = -1;
	draw(false);
}

function turnTheme() {
	state.theme = themes[(themes.indexOf(state.theme) + 1) % themes.length];
	draw();
}

function turnLanguage() {
	state.lang = state.lang === 'en' ? 'zh' : 'en';
	draw();
}

// guide moves in the tour or to the questions, if there are any, and reads what they say.
function guide(action, place) {
	if (!(place === 'tour-place' ? trace.tour || [] : trace.questions || []).length) return;
	action();
	draw();
	byId(place)?.focus();
}

const keys = {
	ArrowRight: () => move(next(state.at)),
	ArrowLeft: () => move(previous(state.at)),
	'Shift+ArrowRight': () => move(nextLayer(state.at)),
	'Shift+ArrowLeft': () => move(previousLayer(state.at)),
	Home: () => move(0),
	End: () => move(view().run.instructions.length),
	' ': play,
	i: stepInside,
	f: () => move(finish(state.at)),
	a: nextAlarm,
	n: () => guide(() => moveStop(1), 'tour-place'),
	p: () => guide(() => moveStop(-1), 'tour-place'),
	q: () => guide(() => turnTo('question'), 'question-place'),
	l: turnLanguage,
	d: turnTheme,
	'/': () => showSearch(jump),
	'?': showHelp,
};

tabs.forEach((id, k) => {
	keys[k + 1] = () => {
		state.tab = id;
		draw();
	};
});

function onKey(e) {
	if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || document.querySelector('dialog[open]')) return;
	const name = (e.shiftKey && e.key.startsWith('Arrow') ? 'Shift+' : '') + e.key;
	const action = keys[name];
	const at = e.target;
	const scrubber = at.id === 'scrubber';
	if (
		!action ||
		(!scrubber &&
			at.matches('input, select, textarea') &&
			(e.key.length > 1 || e.key === ' ' || !at.matches('[type=range], [type=radio]')))
	)
		return;
	if (e.key === ' ' && at.matches('button, summary')) return;
	if (at.matches('[role=tab]') && turnTab(e)) return;
	if (playing && e.key !== ' ') stop();
	e.preventDefault();
	action();
}

// turnTab moves among the tabs by the arrow keys, as tabs do.
function turnTab(e) {
	const by = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
	if (!by || e.shiftKey) return false;
	e.preventDefault();
	state.tab = tabs[(tabs.indexOf(state.tab) + by + tabs.length) % tabs.length];
	drawTabs();
	drawPanel();
	keepAddress();
	byId('tab-' + state.tab).focus();
	return true;
}

function listen() {
	const on = (id, action) => byId(id).addEventListener('click', action);
	on('home', keys.Home);
	on('end', keys.End);
	on('step', keys.ArrowRight);
	on('back', keys.ArrowLeft);
	on('play', play);
	on('inside', stepInside);
	on('finish', keys.f);
	on('find', keys['/']);
	on('help', showHelp);
	on('lang', turnLanguage);
	on('theme', turnTheme);
	on('alarm', nextAlarm);
	byId('run').addEventListener('change', (e) => {
		choose(Number(e.target.value));
		draw();
	});
	document.addEventListener('keydown', onKey);
	addEventListener('hashchange', () => {
		if (location.hash !== written) {
			visit(location.hash);
			draw();
		}
	});
}

makeLadder(byId('ladder'), {
	onJump: jump,
	onPick: (n) => {
		state.picked = n;
		state.tab = 'values';
		draw(true, false);
	},
	onScope: (f) => {
		turnScope(f);
		draw(false, false);
	},
});
makeScrubber(move);
listen();
settle();
visitStop(0); // where a page begins that is opened at no other place
visit(location.hash);
if (/\bstop=/.test(location.hash) && !/\bat=/.test(location.hash)) visitStop(state.stop);
draw();
document.documentElement.dataset.ready = 'true';

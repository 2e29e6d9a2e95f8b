/** Everything the editor says only to a screen reader, in one place. */
import type { Diagnostic } from '$lib/journey/index.ts';
import { countOf } from './words.ts';

export const aria = {
	canvas: 'Journey canvas',
	canvasHelp:
		'Arrow keys walk from step to step. Tab adds a step behind the selected one. Enter edits it, Delete removes it, Escape lets go of it. Press the question mark for all keys.',
	palette: 'Steps to add',
	inspector: 'Inspector',
	toolbar: 'Canvas tools',
	outline: 'Steps in order',
	problems: 'Problems',
	outcomes: 'Where it goes on',

	step: (title: string, line: string, problems: readonly Diagnostic[]) =>
		[title, line, problems.length > 0 ? countOf(problems.length, 'problem') : ''].filter(Boolean).join(', '),
	outcomeHandle: (outcome: string, title: string) =>
		outcome === '' ? `Way on from ${title}` : `Way on from ${title}: ${outcome}`,
	entryHandle: (title: string) => `Way into ${title}`,
	insert: 'Insert a step here',
	disconnect: 'Remove this connection',
	entered: (count: string, title: string) => `${count} entered ${title}: show who`,
	left: (count: string, outcome: string, title: string) =>
		outcome === ''
			? `${count} went on from ${title}: show who`
			: `${count} left ${title} by ${outcome}: show who`,
	joined: (count: string, outcome: string, title: string) => `+ ${count} ${outcome}, from ${title}: show who`,
	waiting: (count: string, title: string) => `${count} waiting at ${title}: show who`,
	dropped: (share: string, title: string) => `${share} dropped off at ${title}: show who`,
	engagement: (share: string, what: string, title: string) => `${share} ${what} ${title}: show who`,
	added: (title: string) => `Added ${title}`,
	removed: (count: number) => `Removed ${countOf(count, 'step')}`,
	undone: 'Undone',
	redone: 'Done again',
	connected: (from: string, to: string) => `${from} now leads to ${to}`
} as const;

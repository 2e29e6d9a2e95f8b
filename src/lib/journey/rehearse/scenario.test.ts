import { expect, test } from 'vitest';
import { parseScenario } from './scenario.ts';

const sound = {
	format: 'stepwell.scenario/1',
	journeys: [],
	contacts: [{ id: 'ann' }],
	start: '2026-03-01T12:00:00Z',
	events: [],
	until: '2026-03-02T12:00:00Z'
};

test.each([
	['what is none', [], '', 'The scenario must be a JSON object.'],
	['no format', { format: undefined }, '/format', 'The format is missing. Write “stepwell.scenario/1”.'],
	[
		'a journey',
		{ format: 'stepwell.journey/1' },
		'/format',
		'This file is of the format “stepwell.journey/1”. This version reads stepwell.scenario/1.'
	],
	['no contacts', { contacts: undefined }, '/contacts', 'The list is missing. It may be empty.'],
	['a contact without an id', { contacts: [{}] }, '/contacts/0/id', 'The contact has no id.'],
	[
		'an event without a time',
		{ events: [{ contact: 'ann', name: 'go', at: '' }] },
		'/events/0/at',
		'Say when the event arrives, such as 2026-03-01T09:00:00Z.'
	],
	[
		'an unknown key',
		{ speed: 2 },
		'/speed',
		'“speed” is nothing that belongs here. Remove it, or check how it is spelled.'
	],
	['a workspace of another type', { workspace: 7 }, '/workspace', '“workspace” must be a JSON object.']
])('%s is a fault in the words of scenarios', (_, change, path, message) => {
	const input = Array.isArray(change) ? change : { ...sound, ...change };
	expect(parseScenario(input).faults).toEqual([{ path, message }]);
});

test('a sound one has no faults', () => {
	expect(parseScenario(sound).faults).toEqual([]);
});

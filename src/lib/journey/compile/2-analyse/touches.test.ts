import { expect, test } from 'vitest';
import type { JourneyDocument } from '../../document.ts';
import { documentOf, started, workspace } from '../../support/fixtures.ts';
import { parseJourney, touchesOf } from '../compile.ts';

function parsed(steps: Parameters<typeof documentOf>[0]): JourneyDocument {
	const { document, diagnostics } = parseJourney(documentOf(steps, ''));
	if (!document) throw new Error(diagnostics[0]?.message);
	return document;
}

const nothing = {
	reads: { attributes: [], events: [], messages: [], consents: [], segments: [], trigger: [] },
	writes: { attributes: [], segments: [], messages: [], journeys: [] }
};

test('says what each step may read and write', () => {
	const touches = touchesOf(
		parsed([
			started,
			['wait', 'wait.event', { event: 'paid', same: 'order', timeout: 'P1D' }],
			['until', 'wait.until', { date: 'birthday' }],
			[
				'mail',
				'send.email',
				{ template: 'secret', purpose: 'marketing', subject: '{{ trigger.day }} {{ contact.city }}' }
			],
			['set', 'contact.update', { set: { city: '{{ contact.firstName }}', vip: true } }],
			['hook', 'webhook.call', { url: 'https://example.org', method: 'GET', save: 'age' }],
			['in', 'segment.add', { segment: 'regulars' }],
			['go', 'journey.enter', { journey: 'follow-up', stay: true }],
			['x', 'exit', {}]
		]),
		workspace
	);
	expect(touches['e']?.reads).toEqual({ ...nothing.reads, events: ['go'] });
	expect(touches['wait']?.reads).toEqual({ ...nothing.reads, events: ['paid'], trigger: ['order'] });
	expect(touches['until']?.reads.attributes).toEqual(['birthday']);
	expect(touches['mail']).toEqual({
		reads: { ...nothing.reads, attributes: ['city', 'age'], consents: ['marketing'], trigger: ['day'] },
		writes: { ...nothing.writes, messages: ['secret'] }
	});
	expect(touches['set']).toEqual({
		reads: { ...nothing.reads, attributes: ['firstName'] },
		writes: { ...nothing.writes, attributes: ['city', 'vip'] }
	});
	expect(touches['hook']?.writes.attributes).toEqual(['age']);
	expect(touches['in']?.writes.segments).toEqual(['regulars']);
	expect(touches['go']?.writes.journeys).toEqual(['follow-up']);
	expect(touches['x']).toEqual(nothing);
});

test('reads through segments, and knows no entering event inside of them', () => {
	const where = {
		any: [
			{ segment: 'senior-vips' },
			{ segment: 'active-regulars' },
			{ message: { was: 'opened', step: 's' } }
		]
	};
	const { reads } = touchesOf(parsed([started, ['d', 'decide.if', { where }]]), workspace)['d'] ?? nothing;
	expect(reads.attributes.toSorted()).toEqual(['age', 'vip']);
	expect(reads.segments.toSorted()).toEqual([
		'active-regulars',
		'regulars',
		'senior-vips',
		'seniors',
		'vips'
	]);
	expect(reads.events).toEqual(['visit.completed']);
	expect(reads.messages).toEqual(['s']);
	expect(reads.trigger).toEqual([]);
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isKnownAction } from './actions.ts';
import { NO_HASH, type AuditRecord } from './encode.ts';
import { nameKey } from './names.ts';
import { thingOf, whatOf, whoOf } from './words.ts';

const names = new Map([
	[nameKey('journey', 'lab-results'), 'Lab results'],
	[nameKey('template', 'welcome'), 'Welcome'],
	[nameKey('api-key', 'k1'), 'Lab'],
	[nameKey('user', '7'), 'Ann']
]);

function entry(action: string, more: Partial<AuditRecord> = {}): AuditRecord {
	return {
		id: 1,
		at: '2026-03-02T15:00:00.000000Z',
		actorKind: 'user',
		actorId: '7',
		actorName: null,
		action,
		subjectKind: null,
		subjectIds: [],
		fields: [],
		reason: null,
		reasonSealed: null,
		ip: null,
		requestId: null,
		details: {},
		previousHash: NO_HASH,
		hash: NO_HASH,
		...more
	};
}

const about = (subjectKind: string, ...subjectIds: string[]) => ({ subjectKind, subjectIds });

test.each<[string, AuditRecord]>([
	[
		'Published the journey “Lab results” as version 3',
		entry('journey.publish', { ...about('journey', 'lab-results'), details: { version: 3 } })
	],
	['Published the journey “Lab results”', entry('journey.publish', about('journey', 'lab-results'))],
	['Paused the journey gone-by-now', entry('journey.pause', about('journey', 'gone-by-now'))],
	[
		'Saved the message “Welcome” as version 2',
		entry('template.save', { ...about('template', 'welcome'), details: { version: 2 } })
	],
	['Revoked the API key “Lab”', entry('api-key.revoke', about('api-key', 'k1'))],
	['Uncovered health information of Person 12', entry('phi.show', about('contact', '12'))],
	[
		'Saw 1,200 people',
		entry('contact.read', about('contact', ...Array.from({ length: 1200 }, (_, id) => `${id}`)))
	],
	['Saw nobody', entry('contact.read', about('contact'))],
	['Read a caught mail', entry('mail.read')],
	['Published the journey something', entry('journey.publish')],
	['Refused to sign in Ann', entry('session.refuse', about('user', '7'))],
	['Refused to sign in somebody with an unknown address', entry('session.refuse')],
	['Set the mail server', entry('settings.mail.save', about('settings', 'mail'))],
	['Did “contact.fold” to Person 3', entry('contact.fold', about('contact', '3'))],
	['Did “moon.rise”', entry('moon.rise')]
])('%s', (sentence, record) => {
	expect(whatOf(record, names)).toBe(sentence);
});

test('a person is a number with a link, and never a name', () => {
	expect(thingOf('contact', '7', new Map([[nameKey('contact', '7'), 'Jane Roe']]))).toEqual({
		text: 'Person 7',
		href: '/people/7'
	});
});

test.each([
	['Ann as then', entry('x.y', { actorName: 'Ann as then' })],
	['Ann', entry('x.y')],
	['User 8', entry('x.y', { actorId: '8' })],
	['Lab (API key)', entry('x.y', { actorKind: 'key', actorId: 'k1' })],
	['Stepwell (backup)', entry('x.y', { actorKind: 'system', actorId: 'backup' })]
])('%s did it', (who, record) => {
	expect(whoOf(record, names)).toBe(who);
});

test('every action that the product writes has words', () => {
	const files = ['src', 'scripts'].flatMap((folder) =>
		readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file))
	);
	const codes = files
		.filter((file) => /(?<!\.test)\.(ts|svelte)$/.test(file))
		.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\baction: '([a-z-]+(?:\.[a-z-]+)+)'/g)])
		.map(([, code]) => code ?? '');
	expect(codes.length).toBeGreaterThan(15);
	expect(codes.filter((code) => !isKnownAction(code))).toEqual([]);
});

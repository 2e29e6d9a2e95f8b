import { expect, test } from 'vitest';
import { canonicalJson, encodeParts, hashOf, NO_HASH, type AuditRecord } from './encode.ts';

// Both hashes were computed by a program in another language, written from FORMAT.md.
const bare: AuditRecord = {
	id: 1,
	at: '2026-03-02T15:00:00.000000Z',
	actorKind: 'system',
	actorId: 'sender',
	actorName: null,
	action: 'send.blocked',
	subjectKind: null,
	subjectIds: [],
	fields: [],
	reason: null,
	reasonSealed: null,
	ip: null,
	requestId: null,
	details: {},
	previousHash: NO_HASH,
	hash: '0797bc56d7564ce283a47b968a2bdb65815e1fa14dfe5eac5ea89dc4d133296d'
};
const full: AuditRecord = {
	id: 2,
	at: '2026-03-02T15:00:01.250000Z',
	actorKind: 'user',
	actorId: '7',
	actorName: 'Zoë 𝔸',
	action: 'phi.read',
	subjectKind: 'contact',
	subjectIds: ['12', '345'],
	fields: ['birthDate', 'name'],
	reason: 'care',
	reasonSealed: 'AAEC/w==',
	ip: '2001:db8::1',
	requestId: 'r-1',
	details: { b: [1, true, null, { z: 'é', a: '"\n' }], a: -5 },
	previousHash: bare.hash,
	hash: '18c9efd53a2b0d99294afe3bc87dc8a702216434ad337b99022d5213ce379e94'
};

test.each([
	['with little in it', bare],
	['with everything in it', full]
])('an entry %s has the hash that the format says', (_, record) => {
	expect(hashOf(record)).toBe(record.hash);
});

test('the hash stays the same whatever the spelling of an address and the order of keys', () => {
	const { details, ...rest } = full;
	expect(
		hashOf({ ...rest, ip: '2001:DB8:0:0::0:1', details: { a: details.a ?? null, b: details.b ?? null } })
	).toBe(full.hash);
});

test.each<[string, Partial<AuditRecord>]>([
	['text moved over to the next part', { actorId: '7Z', actorName: 'oë 𝔸' }],
	['a member split in two', { subjectIds: ['12', '3', '45'] }],
	['a member moved to the next list', { subjectIds: ['12'], fields: ['345', 'birthDate', 'name'] }],
	['no text instead of none', { reason: '' }],
	['an address written as the text of its bytes', { ip: '32.1.13.184' }]
])('%s is another entry', (_, change) => {
	expect(hashOf({ ...full, ...change })).not.toBe(full.hash);
});

test('null, empty text and an empty list are three things', () => {
	expect(encodeParts([null, '', []]).toString('hex')).toBe('00' + '0100000000' + '0200000000');
});

test('JSON has one spelling', () => {
	expect(canonicalJson({ '\u20ac': 1, '\r': 2, '1': 3, '\ud83d\ude00': 4, '\ufb33': 5 })).toBe(
		'{"\\r":2,"1":3,"\u20ac":1,"\ud83d\ude00":4,"\ufb33":5}'
	);
});

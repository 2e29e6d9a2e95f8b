import { expect, test } from 'vitest';
import { AuditEntryError, checkEntry, type AuditEntry } from './entry.ts';

const sound: AuditEntry = {
	at: Date.UTC(2026, 2, 2),
	actor: { kind: 'user', id: '7', name: 'Ann Marketer' },
	action: 'contact.read',
	subject: { kind: 'contact', ids: ['12', 'c_9:a-b'] },
	fields: ['birthDate', 'consents.marketing'],
	reason: 'care.call-back',
	ip: '::ffff:192.0.2.1',
	requestId: 'a1b2-c3',
	details: { version: 3, codes: ['a', null, true], note: 'x'.repeat(200) }
};

test('ids, names and codes may be kept', () => {
	expect(() => checkEntry(sound)).not.toThrow();
});

test.each<[string, Partial<AuditEntry>]>([
	['an e-mail address as an id', { subject: { kind: 'contact', ids: ['jane@example.org'] } }],
	['a name as an id', { subject: { kind: 'contact', ids: ['Jane Roe'] } }],
	['an empty id', { actor: { kind: 'key', id: '' } }],
	['a date as the name of an attribute', { fields: ['1980-02-03'] }],
	['a sentence as the name of an attribute', { fields: ['has diabetes'] }],
	['a reason in somebody’s own words', { reason: 'Jane asked for her results' }],
	['text of 201 characters in the details', { details: { deep: [{ note: 'x'.repeat(201) }] } }],
	['a fraction in the details', { details: { weight: 81.5 } }],
	['a value as a key in the details', { details: { 'jane@example.org': 1 } }],
	['half a character in the details', { details: { note: '\ud800' } }],
	['a NUL in a name', { actor: { kind: 'user', id: '7', name: 'a\0b' } }],
	['an action without a dot', { action: 'read' }],
	['a host’s name as the address', { ip: 'clinic.example.org' }],
	['an instant that is none', { at: Number.NaN }],
	['10,001 subjects', { subject: { kind: 'contact', ids: Array.from({ length: 10_001 }, (_, n) => `${n}`) } }]
])('%s is refused', (_, change) => {
	expect(() => checkEntry({ ...sound, ...change })).toThrow(AuditEntryError);
});

test('the refusal does not repeat what was refused', () => {
	expect(() => checkEntry({ ...sound, details: { note: `Jane Roe ${'x'.repeat(200)}` } })).toThrow(
		/^Not for the audit log: details\.note must be text of at most 200 characters\.$/
	);
});

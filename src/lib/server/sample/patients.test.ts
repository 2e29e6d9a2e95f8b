import { describe, expect, it } from 'vitest';
import { sampleAttributes } from './attributes.ts';
import { samplePatients } from './patients.ts';
import { DAY } from './span.ts';
import { historyOf } from './timeline.ts';

const to = Date.parse('2026-03-02T15:00:00Z');
const span = { from: to - 30 * DAY, to };
const patients = samplePatients(span);

describe('the sample’s patients', () => {
	it('are 502, each with an id and an address of their own', () => {
		expect(patients).toHaveLength(502);
		expect(new Set(patients.map((patient) => patient.contact.id)).size).toBe(502);
		const emails = patients.flatMap(({ contact }) => contact.email ?? []);
		expect(new Set(emails).size).toBe(emails.length);
	});

	it('are the same people in every run', () => {
		expect(samplePatients(span)).toEqual(patients);
	});

	it('have addresses and numbers that can’t belong to anybody', () => {
		for (const { contact } of patients) {
			expect(contact.email ?? 'none@example.test').toMatch(/^[a-z.]+\d*@example\.test$/);
			expect(contact.phone).toMatch(/^\+1\d{3}55501\d\d$|^\+1555\d{7}$/);
		}
	});

	it('have the attributes of the registry, no other, and a zone the tz database knows', () => {
		const keys = new Set<string>(sampleAttributes.map((attribute) => attribute.key));
		for (const { contact } of patients) {
			for (const key of Object.keys(contact.attributes)) expect(keys).toContain(key);
			expect(() => new Intl.DateTimeFormat('en', { timeZone: contact.timezone ?? '' })).not.toThrow();
		}
		expect(new Set(patients.map((patient) => patient.contact.timezone)).size).toBeGreaterThan(6);
	});

	it.each([
		['without an email address', 15, 50, (p: (typeof patients)[number]) => p.contact.email === null],
		['who have died', 5, 30, (p: (typeof patients)[number]) => p.contact.attributes.deceased === true],
		['whose address is blocked', 15, 50, (p: (typeof patients)[number]) => p.suppression !== null],
		['who never agreed to marketing', 120, 260, (p: (typeof patients)[number]) => p.consents.length === 0],
		[
			'whose authorization has run out',
			10,
			60,
			(p: (typeof patients)[number]) =>
				p.consents.some((consent) => (consent.expiresAt ?? Infinity) < span.from)
		],
		[
			'who took their authorization back',
			5,
			50,
			(p: (typeof patients)[number]) => p.consents.some((consent) => consent.revokedAt !== null)
		]
	])('include some %s', (_, least, most, isOne) => {
		const count = patients.filter(isOne).length;
		expect(count).toBeGreaterThanOrEqual(least);
		expect(count).toBeLessThanOrEqual(most);
	});

	it('leave nothing behind after the end of the span, nor after their death', () => {
		for (const { contact, events } of patients) {
			for (const event of events) expect(event.occurredAt).toBeLessThanOrEqual(to);
			if (contact.attributes.deceased)
				expect(events.every((event) => event.occurredAt < span.from)).toBe(true);
		}
	});

	it('have a history made of the events that Synthea’s two have', () => {
		const history = historyOf(patients, span);
		expect(new Set(history.map((event) => event.name))).toEqual(
			new Set(patients.slice(0, 2).flatMap((patient) => patient.events.map((event) => event.name)))
		);
		expect(history.length).toBeGreaterThan(3000);
		expect(new Set(history.map((event) => event.key)).size).toBe(history.length);
	});
});

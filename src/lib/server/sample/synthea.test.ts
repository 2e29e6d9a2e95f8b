import { describe, expect, it } from 'vitest';
import { readBundles } from './bundles.ts';
import { readSyntheaBundle, type SampleEvent } from './synthea.ts';

const records = readBundles().map(readSyntheaBundle);
const named = (name: string): SampleEvent[] =>
	records.flatMap((record) => record.events).filter((event) => event.name === name);

describe('the two Synthea bundles', () => {
	it('are read as two contacts, without the digits that Synthea puts behind names', () => {
		expect(records.map((record) => record.contact)).toMatchObject([
			{
				id: 'ea877536-55b1-4ec8-a12b-e95594214c01',
				name: 'Johnnie Hermiston',
				email: null,
				phone: '+15557029528',
				timezone: 'America/New_York',
				attributes: {
					firstName: 'Johnnie',
					lastName: 'Hermiston',
					birthday: '2009-03-20',
					gender: 'female',
					city: 'West Springfield Town',
					state: 'Massachusetts',
					preferredLanguage: 'English',
					clinician: 'Dr. Keeley Yundt',
					insurer: 'Medicaid',
					deceased: false
				}
			},
			{ name: 'Luna McCullough', attributes: { birthday: '2008-11-06', deceased: false } }
		]);
	});

	it.each([
		['visit.completed', [22, 23]],
		['eob.ready', [22, 23]],
		['immunization.given', [35, 27]],
		['medication.prescribed', [4, 6]],
		['api.lab-result-ready', [1, 1]]
	])('hold %s %j times', (name, counts) => {
		expect(records.map((record) => record.events.filter((event) => event.name === name).length)).toEqual(
			counts
		);
	});

	it('hold 45 explanations of benefit, each for a claim of its own', () => {
		expect(named('eob.ready')).toHaveLength(45);
		expect(new Set(named('eob.ready').map((event) => event.properties.claimId)).size).toBe(45);
	});

	it('tell what the patient pays: coinsurance and deductible, to the cent', () => {
		expect(named('eob.ready')[0]?.properties).toEqual({
			eobId: expect.any(String),
			claimId: '149161aa-5a7b-4c54-af71-ab7e3ce7c07d',
			provider: 'Dr. Keeley Yundt',
			insurer: 'Medicaid',
			billed: 687.08,
			patientPays: 112.42,
			currency: 'USD'
		});
	});

	it('tell who was visited, where and why', () => {
		expect(named('visit.completed').find((event) => event.properties.class === 'emergency')).toMatchObject({
			occurredAt: Date.parse('2012-12-29T06:10:09-05:00'),
			properties: {
				type: 'Emergency room admission',
				clinician: 'Dr. Keeley Yundt',
				place: 'Holyoke Medical Center'
			}
		});
	});

	it('give a lab report in the shape that the API trigger takes', () => {
		expect(named('api.lab-result-ready')[0]?.properties).toEqual({
			resultId: 'b9589640-96ca-475e-95e4-dc33210d8c44',
			panel: 'Complete blood count (hemogram) panel - Blood by Automated count',
			tests: 11,
			orderedBy: 'Dr. Keeley Yundt',
			followUp: false
		});
	});

	it('give each event an idempotency key of its own, in order of time', () => {
		for (const { events } of records) {
			expect(new Set(events.map((event) => event.key)).size).toBe(events.length);
			const times = events.map((event) => event.occurredAt);
			expect(times).toEqual([...times].sort((a, b) => a - b));
		}
	});
});

describe('a bundle', () => {
	const patient = {
		resourceType: 'Patient',
		id: 'p1',
		name: [{ family: 'Lee' }],
		gender: 'other',
		birthDate: '1950-02-29'
	};
	const bundleOf = (...resources: object[]) => ({
		resourceType: 'Bundle',
		entry: resources.map((resource) => ({ resource }))
	});
	const visit = {
		resourceType: 'Encounter',
		id: 'v1',
		status: 'finished',
		class: { code: 'ambulatory' },
		period: { start: '2026-01-05T09:00:00-05:00', end: '2026-01-05T09:20:00-05:00' }
	};

	it('that is no FHIR is refused with the path', () => {
		expect(() => readSyntheaBundle({ resourceType: 'Patient' })).toThrow('resourceType');
		expect(() => readSyntheaBundle(bundleOf(patient))).toThrow('birthDate');
	});

	it('without a patient is refused', () => {
		expect(() => readSyntheaBundle(bundleOf())).toThrow('no patient');
	});

	it('keeps a person who has died, and says so', () => {
		const record = readSyntheaBundle(
			bundleOf({ ...patient, birthDate: '1950-02-28', deceasedDateTime: '2025-06-01' })
		);
		expect(record.contact.attributes.deceased).toBe(true);
	});

	it('leaves out what nobody knows, and visits that did not take place', () => {
		const known = { ...patient, birthDate: '1950-02-28' };
		const record = readSyntheaBundle(bundleOf(known, visit, { ...visit, id: 'v2', status: 'cancelled' }));
		expect(record.contact).toMatchObject({ phone: null, timezone: null });
		expect(record.contact.attributes).not.toHaveProperty('city');
		expect(record.events).toEqual([
			{
				contact: 'p1',
				key: 'Encounter/v1',
				name: 'visit.completed',
				occurredAt: Date.parse('2026-01-05T14:20:00Z'),
				properties: { visitId: 'v1', class: 'ambulatory' }
			}
		]);
	});
});

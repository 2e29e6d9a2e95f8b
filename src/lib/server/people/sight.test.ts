import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Role } from '../auth/permissions.ts';
import { Covered } from './covered.ts';
import type { AttributeRow } from './registry.ts';
import { MASK, sightOf, type Sight } from './sight.ts';

const as = (role: Role) => sightOf({ kind: 'user', id: 1, name: 'Someone', role });
const jane = {
	publicId: 'MRN-7',
	name: 'Jane van der Doe',
	email: 'jane@clinic.example.org',
	phone: '+15550142'
};

describe('who a person is', () => {
	test.each(['owner', 'marketer'] as const)('a %s sees as it is', (role) => {
		expect(as(role).identity(new Covered(jane))).toEqual(jane);
	});

	test.each(['manager', 'integrator', 'operator'] as const)('a %s sees masked', (role) => {
		expect(as(role).identity(new Covered(jane))).toEqual({
			publicId: MASK,
			name: 'J•••• v•••• d•••• D••••',
			email: 'j••••@c••••.org',
			phone: '••••42'
		});
	});

	test('a program sees masked, and nothing stays nothing', () => {
		const program = sightOf({ kind: 'key', id: 'k', name: 'Lab' });
		expect(program.identity(new Covered({ publicId: 'x', name: null, email: null, phone: null }))).toEqual({
			publicId: MASK,
			name: null,
			email: null,
			phone: null
		});
		expect(program.identity(new Covered({ ...jane, name: '👩 ', email: 'no-address' })).email).not.toContain(
			'address'
		);
	});
});

function attribute(tag: AttributeRow['tag'], definedAt: Date | null = new Date(0)): AttributeRow {
	return {
		key: 'a',
		label: 'A',
		type: 'text',
		tag,
		sensitiveKind: tag === 'sensitive' ? 'hiv' : null,
		retagging: false,
		definedAt
	};
}
const seen = (sight: Sight, registry: AttributeRow[], value: unknown) =>
	sight.attributes(new Covered({ attributes: { a: value } }), registry)[0];

describe('a value', () => {
	test('that says nothing about health is for everybody', () => {
		expect(seen(as('manager'), [attribute('none')], 'es')).toMatchObject({ masked: false, value: 'es' });
	});

	test.each(['phi', 'sensitive'] as const)('tagged %s is for nobody who has not asked', (tag) => {
		for (const role of ['owner', 'marketer', 'manager'] as const)
			expect(seen(as(role), [attribute(tag)], 'J45')).toMatchObject({ masked: true, value: MASK });
	});

	test.each(['none', 'limited', 'phi'] as const)(
		'in quarantine is for nobody, whatever its tag (%s)',
		(tag) => {
			for (const role of ['owner', 'marketer', 'manager'] as const)
				for (const registry of [[attribute(tag, null)], []])
					expect(seen(as(role), registry, '1960-02-29')).toMatchObject({
						masked: true,
						value: MASK,
						defined: false
					});
		}
	);

	test('that is a date or a place is a year or nothing to those who may never ask', () => {
		const limited = [attribute('limited')];
		expect(seen(as('marketer'), limited, '1960-02-29')).toMatchObject({ masked: false, value: '1960-02-29' });
		expect(seen(as('manager'), limited, '1960-02-29')).toMatchObject({ masked: true, value: '1960' });
		expect(seen(as('manager'), limited, 'Worcester')).toMatchObject({ masked: true, value: MASK });
	});

	test.each([
		['owner', true, true],
		['marketer', true, false],
		['manager', false, false],
		['operator', false, false]
	] as const)(
		'a %s may ask for health information: %s, for what is specially protected: %s',
		(role, phi, sensitive) => {
			expect(seen(as(role), [attribute('phi')], 'J45')?.showable).toBe(phi);
			expect(seen(as(role), [attribute('sensitive')], 'J45')?.showable).toBe(sensitive);
		}
	);
});

test('of what a decision read, only what says nothing about the person is seen', () => {
	const reads = [
		{ what: 'attribute:plan', value: 'gold', holds: true },
		{ what: 'attribute:age', value: 71, phi: true, holds: true },
		{ what: 'trigger:result', value: 'positive', holds: false }
	];
	expect(as('owner').reads(new Covered([reads, null]), [{ ...attribute('none'), key: 'plan' }])).toEqual([
		[reads[0], { ...reads[1], value: MASK }, { ...reads[2], value: MASK }],
		null
	]);
	// Tagged anew since.
	expect(as('owner').reads(new Covered([reads.slice(0, 1)]), [{ ...attribute('phi'), key: 'plan' }])).toEqual(
		[[{ ...reads[0], value: MASK }]]
	);
});

test('a message is seen as a person without what its reader may not ask for, and without what nobody defined', () => {
	const contact = {
		...jane,
		id: 1,
		timezone: null,
		createdAt: 0,
		attributes: { dx: 'J45', hiv: 'positive', odd: 'x' }
	};
	const registry: AttributeRow[] = [
		{ ...attribute('phi'), key: 'dx' },
		{ ...attribute('sensitive'), key: 'hiv' },
		{ ...attribute('phi', null), key: 'odd' }
	];
	expect(as('marketer').inMail(new Covered(contact), registry).attributes).toEqual({ dx: 'J45', hiv: MASK });
	expect(as('owner').inMail(new Covered(contact), registry).attributes).toEqual({
		dx: 'J45',
		hiv: 'positive'
	});
});

test('a covered value says nothing by itself, however it is written out', () => {
	const covered = new Covered(jane);
	const written = [
		JSON.stringify({ covered }),
		`${String(covered)}`,
		inspect({ covered }, { depth: 9, showHidden: true }),
		JSON.stringify({ ...covered }),
		JSON.stringify(Object.entries(covered)),
		JSON.stringify(structuredClone({ ...covered }))
	].join('\n');
	expect(written).toContain(MASK);
	expect(written).not.toMatch(/Jane|MRN|clinic/);
});

import { compile } from '$lib/journey/index.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditReader, callAs, type AuditTold } from '../../../../../tests/support/call-as.ts';
import { cloneDatabase, testApp, type TestDatabase } from '../../../../../tests/support/database.ts';
import { draw } from '../../../../../tests/support/journey.ts';
import { addContact, findContact } from '../../../../../tests/support/people.ts';
import type { App } from '../../app.ts';
import { loadWorkspace } from '../../journeys/workspace.ts';
import { resumeRetags, retag } from '../../people/retag.ts';

let database: TestDatabase;
let app: App;
let told: () => Promise<AuditTold[]>;

beforeAll(async () => {
	database = await cloneDatabase();
	app = testApp(database.pool);
	told = auditReader(app);
	for (let n = 0; n < 7; n++)
		await addContact(database, {
			id: `p${n}`,
			name: `Person ${n}`,
			attributes: { plan: `plan-${n}`, ...(n < 3 && { score: n === 0 ? 'high' : n }) }
		});
});
afterAll(() => database.drop());
beforeEach(async () => void (await told()));

const plan = { key: 'plan', label: 'Plan', type: 'text' as const, tag: 'none' as const };

/** Values that stand readable in the rows. */
async function readable(key: string): Promise<unknown[]> {
	const { rows } = await database.pool.query<{ value: unknown }>(
		'select attributes -> $1 as value from contacts where attributes ? $1 order by id',
		[key]
	);
	return rows.map(({ value }) => value);
}

describe('what came in unknown', () => {
	test('is in quarantine: listed, counted, sealed, and not there for journeys and messages', async () => {
		const { attributes } = await callAs(app, 'marketer').attributes.list();
		expect(attributes).toMatchObject([
			{ key: 'plan', type: 'text', tag: 'phi', definedAt: null },
			{ key: 'score', type: 'text', definedAt: null }
		]);
		expect(await callAs(app, 'marketer').attributes.holders()).toEqual({
			lookedAt: 7,
			isAll: true,
			countByKey: { plan: 7, score: 3 }
		});
		expect(await readable('plan')).toEqual([]);
		expect((await loadWorkspace(app.pool)).attributes).toEqual([]);
		expect(await callAs(app, 'marketer').templates.fields()).toEqual([]);
	});

	test('is unknown to a journey that reads it', async () => {
		const drawn = {
			...draw(
				{
					in: ['trigger.transactional', { event: 'visit.completed' }],
					ask: ['decide.if', { where: { attribute: 'plan', op: '=', value: 'gold' } }],
					out: ['exit', {}]
				},
				['in -> ask', 'ask.yes -> out', 'ask.no -> out']
			),
			name: 'Reads it'
		};
		const { diagnostics } = compile(drawn, await loadWorkspace(app.pool));
		expect(diagnostics.map(({ code }) => code)).toContain('attribute.unknown');
	});

	test('can’t be defined as a type that a value does not fit, and says how many', async () => {
		const score = { key: 'score', label: 'Score', type: 'number' as const, tag: 'phi' as const };
		await expect(callAs(app, 'owner').attributes.define(score)).rejects.toThrow(
			/1 person has a value that is not a number, of 3 who have one/
		);
		expect(await told()).toEqual([]);
		const first = await findContact(database, 'p0');
		await addContact(database, { id: first?.publicId ?? '', attributes: { score: 9 } });
		await callAs(app, 'owner').attributes.define(score);
		expect(await told()).toMatchObject([
			{ action: 'attribute.define', subject: ['score'], details: { type: 'number', tag: 'phi' } }
		]);
	});

	test('is offered once it is defined, and its values stand where the tag says', async () => {
		expect(await callAs(app, 'owner').attributes.define(plan)).toEqual({ moved: true });
		expect(await readable('plan')).toEqual([
			'plan-0',
			'plan-1',
			'plan-2',
			'plan-3',
			'plan-4',
			'plan-5',
			'plan-6'
		]);
		expect((await loadWorkspace(app.pool)).attributes).toMatchObject([
			{ key: 'plan', phi: false },
			{ key: 'score', phi: true }
		]);
		await expect(callAs(app, 'owner').attributes.define(plan)).rejects.toThrow(/defined already/);
	});
});

describe('another tag', () => {
	test('seals what was readable, in the rows and in what decisions read of it', async () => {
		const { id = 0 } = (await findContact(database, 'p1')) ?? {};
		await database.pool.query(
			`insert into step_paths (enrollment_id, seq, version_id, contact_id, at, first_at, continues, steps, outcomes, reads)
			values (1, 0, 1, $1, now(), now(), false, '{s}', '{yes}',
				'[[{"what":"attribute:plan","value":"plan-1","holds":true}],null]')`,
			[id]
		);
		await callAs(app, 'owner').attributes.change({ ...plan, tag: 'phi' });
		expect(await readable('plan')).toEqual([]);
		expect((await findContact(database, 'p1'))?.attributes).toEqual({ plan: 'plan-1', score: 1 });
		const { rows } = await database.pool.query<{ reads: unknown; sealed: boolean }>(
			'select reads, reads_sealed is not null as sealed from step_paths'
		);
		expect(rows).toEqual([{ reads: null, sealed: true }]);
		expect(await told()).toMatchObject([
			{ action: 'attribute.change', details: { from: { tag: 'none' }, to: { tag: 'phi' } } }
		]);
	});

	test('moves page by page, goes on where it was stopped, and does nothing twice', async () => {
		await database.pool.query(`update attributes set tag = 'none', retagging = true where key = 'plan'`);
		await database.pool.query(
			`update contacts set attributes = '{"plan":"plan-0"}' where id = (select min(id) from contacts)`
		);
		await resumeRetags(app);
		expect(await readable('plan')).toHaveLength(7);
		expect((await callAs(app, 'owner').attributes.list()).attributes.some(({ retagging }) => retagging)).toBe(
			false
		);
		expect(await retag(app, 'plan', 2)).toBe(0);
		await database.pool.query(`update attributes set tag = 'limited' where key = 'plan'`);
		expect(await retag(app, 'plan', 2)).toBe(7);
		expect(await readable('plan')).toEqual([]);
	});

	test('leaves out a person that can’t be opened, and moves the others', async () => {
		await database.pool.query(
			`update contacts set sealed = '\\x00' where id = (select min(id) from contacts)`
		);
		await callAs(app, 'owner').attributes.change(plan);
		expect(await readable('plan')).toHaveLength(6);
	});
});

test('another type is refused where it does not fit, and taken where it does', async () => {
	const change = (type: 'number' | 'text') => callAs(app, 'owner').attributes.change({ ...plan, type });
	await expect(change('number')).rejects.toThrow(/6 people have a value that is not a number/);
	await change('text');
});

test('what is specially protected says by which law, and nothing else does', async () => {
	const { define } = callAs(app, 'owner').attributes;
	const program = { key: 'program', label: 'Program', type: 'text' as const };
	await expect(define({ ...program, tag: 'sensitive' })).rejects.toThrow(/which kind/);
	await expect(define({ ...program, tag: 'phi', sensitiveKind: 'hiv' })).rejects.toThrow(/which kind/);
	await define({ ...program, tag: 'sensitive', sensitiveKind: 'substance-use' });
	expect((await callAs(app, 'owner').attributes.list()).attributes).toContainEqual(
		expect.objectContaining({ key: 'program', sensitiveKind: 'substance-use' })
	);
});

test.each(['marketer', 'manager', 'integrator', 'operator'] as const)(
	'a %s may not define or change',
	async (role) => {
		const { attributes } = callAs(app, role);
		await expect(attributes.define(plan)).rejects.toThrow(/permission/);
		await expect(attributes.change(plan)).rejects.toThrow(/permission/);
	}
);

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inTransaction } from '$lib/server/db/db.ts';
import { cloneDatabase, type TestDatabase } from '../../../../tests/support/database.ts';
import { emailMark } from '../../../../tests/support/people.ts';
import { createFromGallery } from './gallery.ts';
import { samplePatients } from './patients.ts';
import { prepareClinic } from './prepare.ts';
import { DAY } from './span.ts';

const to = Date.parse('2026-03-02T15:00:00Z');
const span = { from: to - 30 * DAY, to };
const patients = samplePatients(span);

let database: TestDatabase;
const count = async (from: string, values: unknown[] = []): Promise<number> => {
	const { rows } = await database.pool.query<{ count: number }>(
		`select count(*)::int as count from ${from}`,
		values
	);
	return rows[0]?.count ?? NaN;
};

beforeAll(async () => {
	database = await cloneDatabase();
});
afterAll(() => database.drop());

describe('starting from the gallery in an empty workspace', () => {
	it('brings the messages and attributes that the journey names, and no others', async () => {
		const first = await createFromGallery(database.pool, {
			slug: 'birthday-check-up',
			userId: null,
			now: to
		});
		expect(first.slug).toBe('birthday-check-up');
		expect(await count('templates')).toBe(3);
		const { rows } = await database.pool.query('select key, type, tag from attributes order by key');
		expect(rows).toEqual([
			{ key: 'birthday', type: 'date', tag: 'limited' },
			{ key: 'deceased', type: 'boolean', tag: 'phi' },
			{ key: 'firstName', type: 'text', tag: 'none' }
		]);
	});

	it('leaves a message that is there already as it is, and gives the second journey a slug of its own', async () => {
		const second = await createFromGallery(database.pool, {
			slug: 'birthday-check-up',
			userId: null,
			now: to
		});
		expect(second.slug).toBe('birthday-check-up-2');
		expect(await count('template_versions')).toBe(3);
	});

	it('of an unknown journey is refused', async () => {
		const unknown = createFromGallery(database.pool, { slug: 'no-such', userId: null, now: to });
		await expect(unknown).rejects.toMatchObject({ problem: { code: 'not-found' } });
	});
});

describe('preparing the sample clinic', () => {
	const prepare = (report = () => {}) =>
		inTransaction(database.pool, (tx) => prepareClinic(tx, database.vault, patients, span, report));

	it('refuses where a message of the workspace has one of its names, and writes nothing', async () => {
		await expect(prepare()).rejects.toMatchObject({ problem: { code: 'conflict' } });
		expect(await count('contacts')).toBe(0);
		expect(await count(`settings where key = 'sample'`)).toBe(0);
	});

	it('adds all people, their history, messages and drafts, and tells how far it is', async () => {
		await database.pool.query('truncate templates, journeys, template_versions, journey_versions cascade');
		const phases: string[] = [];
		const ids = await inTransaction(database.pool, (tx) =>
			prepareClinic(tx, database.vault, patients, span, (phase: string) => phases.push(phase))
		);
		expect(ids.size).toBe(502);
		expect(new Set(phases).size).toBe(3);
		expect(await count('contacts')).toBe(502);
		expect(await count('templates where current_version_id is not null')).toBe(12);
		expect(await count(`journeys where state = 'draft'`)).toBe(4);
		expect(await count('consents')).toBeGreaterThan(200);
		expect(await count('suppressions')).toBeGreaterThan(15);
		expect(await count(`settings where key = 'workspace' and value->>'name' = 'Maple Street Clinic'`)).toBe(
			1
		);
		expect(
			await count(
				`events e join contacts c on c.id = e.contact_id
				where e.name = 'eob.ready' and c.email_mark = any($1::bytea[])`,
				[
					['johnnie.hermiston@example.test', 'luna.mccullough@example.test'].map((email) =>
						emailMark(database, email)
					)
				]
			)
		).toBe(45);
	});

	it('records history as facts with their own dates, which trigger nothing', async () => {
		expect(await count('events')).toBeGreaterThan(3000);
		expect(await count('events')).toBe(await count('event_keys'));
		expect(await count('event_queue')).toBe(0);
		expect(await count(`events where occurred_at < '2019-01-01'`)).toBeGreaterThan(100);
		expect(await count(`events where received_at < now() - interval '10 years'`)).toBe(0);
	});

	it('refuses a second time, and adds nothing', async () => {
		const before = await count('events');
		await expect(prepare()).rejects.toMatchObject({ problem: { code: 'conflict' } });
		expect(await count('events')).toBe(before);
		expect(await count('template_versions')).toBe(12);
	});
});

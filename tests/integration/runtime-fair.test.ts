import { afterAll, beforeAll, expect, test } from 'vitest';
import { runBatch } from '../../src/lib/runtime/batch.ts';
import { claimMessages } from '../../src/lib/runtime/send-claim.ts';
import { queuedVersions } from '../../src/lib/runtime/send-order.ts';
import { sharesOf } from '../../src/lib/runtime/shares.ts';
import { inTransaction, type Tx } from '../../src/lib/server/db/db.ts';
import { Clinic, draw, email, MINUTE } from '../support/journey.ts';

let clinic: Clinic;
let people: string[];
/** Nobody comes in by two journeys at once: a person's events wait for each other. */
let next = 0;
beforeAll(async () => {
	clinic = await Clinic.open('2026-03-02T12:00:00Z');
	people = await clinic.crowd(3500);
	await clinic.pool.query(
		`insert into consents (contact_id, kind, granted_at, source) select id, 'marketing', now() - interval '10 years', 'test' from contacts`
	);
});
afterAll(() => clinic.close());

const mail = (event: string, purpose: string) =>
	draw(
		{
			come: ['trigger.transactional', { event }],
			mail: email({ purpose }),
			wait: ['wait.for', { duration: 'P1D' }],
			end: ['exit', {}]
		},
		['come -> mail', 'mail -> wait', 'wait -> end']
	);

/** Publishes a journey with one mail and lets `count` people in. */
async function letIn(slug: string, purpose: string, count: number): Promise<number> {
	const who = people.slice(next, (next += count));
	const version = await clinic.publish(slug, mail(`${slug}.came`, purpose));
	await clinic.tell(who, `${slug}.came`);
	while (await clinic.route()) continue;
	return version;
}

const batch = (limit: number) => runBatch({ ...clinic.database, now: clinic.clock.now(), limit, shard: 0 });

const moved = (version: number) =>
	clinic.count(`enrollments where version_id = $1 and state = 'waiting'`, [version]);

async function rowsRead(tx: Tx, table: string): Promise<number> {
	const { rows } = await tx.query<{ seen: number }>(
		`select (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int as seen from pg_stat_xact_user_tables where relname = $1`,
		[table]
	);
	return rows[0]?.seen ?? 0;
}

/** Rows of a table that the work looked at, by whatever way. */
async function rowsSeen(table: string, work: (tx: Tx) => Promise<unknown>): Promise<number> {
	return inTransaction(clinic.pool, async (tx) => {
		await tx.query('set local enable_seqscan = off');
		const before = await rowsRead(tx, table);
		await work(tx);
		return (await rowsRead(tx, table)) - before;
	});
}

test('a treatment reminder moves in the next batch, however many marketing contacts were due before it', async () => {
	const marketing = await letIn('newsletter', 'marketing', 500);
	clinic.clock.advance(MINUTE);
	const treatment = await letIn('reminder', 'treatment', 5);
	const { claimed, isMore } = await batch(100);
	expect(claimed).toBe(100);
	expect(isMore).toBe(true);
	expect(await moved(treatment)).toBe(5);
	expect(await moved(marketing)).toBe(95);
	await clinic.pump();
});

test('every journey moves a bit in each batch, and those that send for treatment go first', async () => {
	const versions = {
		sale: await letIn('sale', 'marketing', 100),
		bill: await letIn('bill', 'operations', 100),
		dose: await letIn('dose', 'treatment', 100)
	};
	expect((await batch(90)).claimed).toBe(90);
	for (const version of Object.values(versions)) expect(await moved(version)).toBe(30);
	const { rows } = await clinic.pool.query<{ version_id: number }>(
		`select version_id from messages where version_id = any($1) order by id`,
		[Object.values(versions)]
	);
	const order = [...new Set(rows.map((row) => row.version_id))];
	expect(order).toEqual([versions.dose, versions.bill, versions.sale]);
	await clinic.pump();
	for (const version of Object.values(versions)) expect(await moved(version)).toBe(100);
});

test('where more journeys have people due than a batch holds, each moves one all the same', async () => {
	const versions: number[] = [];
	for (const n of [1, 2, 3, 4]) versions.push(await letIn(`many-${n}`, 'operations', 3));
	expect((await batch(2)).claimed).toBe(4);
	for (const version of versions) expect(await moved(version)).toBe(1);
	await clinic.pump();
});

test('messages for treatment are handed over first, then operations, then marketing', async () => {
	await clinic.send();
	await letIn('offer', 'marketing', 200);
	await clinic.pump();
	const operations = await letIn('invoice', 'operations', 20);
	await clinic.pump();
	const treatment = await letIn('infusion', 'treatment', 10);
	await clinic.pump();
	const { outgoing, isMore } = await claimMessages(clinic.app, 100);
	expect(outgoing).toHaveLength(100);
	expect(isMore).toBe(true);
	expect(outgoing.slice(0, 10).every((each) => each.versionId === treatment)).toBe(true);
	expect(outgoing.slice(10, 30).every((each) => each.versionId === operations)).toBe(true);
	await clinic.pool.query(`update messages set state = 'sent', lease_until = null where state = 'sending'`);
	await clinic.send();
	expect(await clinic.count(`messages where state = 'queued'`)).toBe(0);
});

test('overdue contacts and queued messages of a paused journey cost nothing', async () => {
	await letIn('campaign', 'operations', 1000);
	await clinic.pump();
	await letIn('stalled', 'operations', 1000);
	await clinic.pool.query(`update journeys set state = 'paused' where slug in ('campaign', 'stalled')`);
	await clinic.pool.query('vacuum analyze');
	expect(await clinic.count(`messages where state = 'queued'`)).toBe(1000);
	expect(await clinic.count(`enrollments where due_at <= $1`, [new Date(clinic.clock.now())])).toBe(1000);
	expect(await rowsSeen('messages', (tx) => queuedVersions(tx, 'operations', 100))).toBeLessThan(5);
	const { rows } = await clinic.pool.query('select 1 from journeys');
	expect(await rowsSeen('enrollments', (tx) => sharesOf(tx, clinic.clock.now(), 1000))).toBeLessThan(
		2 * rows.length
	);
	expect(await batch(1000)).toMatchObject({ claimed: 0, isMore: false });
	expect((await claimMessages(clinic.app, 100)).looked).toBe(0);
});

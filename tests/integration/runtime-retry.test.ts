import { afterAll, beforeAll, expect, test } from 'vitest';
import { cancelJourney } from '../../src/lib/runtime/cancel.ts';
import { retryFailed } from '../../src/lib/runtime/retry.ts';
import { inTransaction } from '../../src/lib/server/db/db.ts';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, DAY, draw, email } from '../support/journey.ts';

let clinic: Clinic;
let crowd: string[];
beforeAll(async () => {
	clinic = await Clinic.open();
	crowd = await clinic.crowd(20);
});
afterAll(() => clinic.close());

const visit = (event: string, settings = {}) =>
	draw(
		{
			come: ['trigger.transactional', { event }],
			answer: ['wait.event', { event: `${event}.answered`, timeout: 'P1D' }],
			mail: email(),
			end: ['exit', {}]
		},
		['come -> answer', 'answer.happened -> mail', 'mail -> end'],
		settings
	);

/** Makes every write to `table` about one enrollment break, until the function it gives is called. */
async function poison(table: string, enrollment: number): Promise<() => Promise<void>> {
	await clinic.pool.query(
		`create or replace function poison_${table}() returns trigger language plpgsql as $$ begin
			if new.enrollment_id = ${enrollment} then raise exception 'poisoned'; end if; return new; end $$`
	);
	await clinic.pool.query(
		`create trigger poison before insert on ${table} for each row execute function poison_${table}()`
	);
	return async () => void (await clinic.pool.query(`drop trigger poison on ${table}`));
}

async function enter(slug: string, event: string, contact: string): Promise<number> {
	await clinic.tell(contact, event);
	while (await clinic.route()) continue;
	const { id } = await clinic.one<{ id: number }>(
		`select max(e.id) as id from enrollments e join journeys j on j.id = e.journey_id where j.slug = $1 and contact_id = $2`,
		[slug, clinic.idOf(contact)]
	);
	return id;
}

const retry = (...ids: number[]) =>
	inTransaction(clinic.pool, (tx) => retryFailed(tx, ids, clinic.clock.now()));

const stateOf = (id: number) =>
	clinic.one('select state, reason, seq, visit_count, arrivals from enrollments where id = $1', [id]);

test('one that failed as it entered begins anew once what broke it is mended, and nothing counts twice', async () => {
	await clinic.publish('enters', visit('enters.came'));
	const id = await enter('enters', 'enters.came', 'p1');
	const before = await stateOf(id);
	const mend = await poison('event_waits', id);
	await clinic.pump();
	expect(await stateOf(id)).toMatchObject({ state: 'failed', reason: 'internal error (P0001)' });
	expect(await clinic.counts('ended:failed')).toEqual({ 'come ended:failed': 1 });
	await expectOneStory(clinic.pool);

	await mend();
	expect(await retry(id)).toBe(1);
	expect(await stateOf(id)).toEqual(before);
	expect(await clinic.counts('entered')).toEqual({ 'come entered': 0 });
	await clinic.settle();
	expect(await clinic.path('p1')).toEqual(['come next 2026-03-02T12:00', 'answer · 2026-03-02T12:00']);
	expect(await clinic.counts('dropped:%')).toEqual({ 'come dropped:internal error (P0001)': 0 });
	await expectOneStory(clinic.pool);
});

test('one that failed at what it had waited for goes on with the very event that came, and sends its mail once', async () => {
	const id = await enter('enters', 'enters.came', 'p2');
	await clinic.settle();
	clinic.clock.advance(1000);
	await clinic.tell('p2', 'enters.came.answered');
	while (await clinic.route()) continue;
	const mend = await poison('messages', id);
	await clinic.pump();
	expect(await stateOf(id)).toMatchObject({ state: 'failed', seq: 2 });
	await expectOneStory(clinic.pool);

	await mend();
	clinic.clock.advance(DAY);
	expect(await retry(id)).toBe(1);
	expect(await clinic.counts('ended:failed')).toMatchObject({ 'answer ended:failed': 0 });
	await clinic.settle();
	expect(await stateOf(id)).toMatchObject({ state: 'exited' });
	expect(await clinic.count('messages where enrollment_id = $1', [id])).toBe(1);
	expect(
		await clinic.count('step_paths where enrollment_id = $1 and outcomes[1] = $2', [id, 'happened'])
	).toBe(1);
	expect(await retry(id)).toBe(0);
	await expectOneStory(clinic.pool);
});

test('one whose failure could not be written about either goes on too', async () => {
	const id = await enter('enters', 'enters.came', 'p3');
	const mendPaths = await poison('step_paths', id);
	await clinic.pump();
	await mendPaths();
	expect(await stateOf(id)).toMatchObject({ state: 'failed', seq: 0 });
	expect(await retry(id)).toBe(1);
	await clinic.settle();
	expect(await stateOf(id)).toMatchObject({ state: 'waiting', seq: 1 });
	await expectOneStory(clinic.pool);

	clinic.clock.advance(DAY);
	const mendAgain = await poison('step_paths', id);
	await clinic.pump();
	await mendAgain();
	expect(await stateOf(id)).toMatchObject({ state: 'failed', seq: 1 });
	expect(await retry(id)).toBe(1);
	await clinic.settle();
	expect(await stateOf(id)).toMatchObject({ state: 'completed', seq: 2 });
	await expectOneStory(clinic.pool);
});

test('many at once, asked for by two people at the same moment, go on once each', async () => {
	await clinic.publish('many', visit('many.came'));
	const some = crowd.slice(0, 10);
	await clinic.tell(some, 'many.came');
	while (await clinic.route()) continue;
	const rows = await clinic.rows<{ id: number }>(`select id from enrollments where state = 'active'`);
	await clinic.pool.query(`alter table event_waits add constraint none check (version_id < 0) not valid`);
	await clinic.pump();
	await clinic.pool.query('alter table event_waits drop constraint none');
	expect(
		await clinic.count(`enrollments where state = 'failed' and id = any($1)`, [rows.map((row) => row.id)])
	).toBe(10);
	const ids = rows.map((row) => row.id);
	const done = await Promise.all([retry(...ids), retry(...ids.toReversed()), retry(...ids)]);
	expect(done.reduce((sum, each) => sum + each)).toBe(10);
	await clinic.settle();
	expect(await clinic.count(`enrollments where id = any($1) and state = 'waiting'`, [ids])).toBe(10);
	await expectOneStory(clinic.pool);
});

test('nobody goes on who came in anew meanwhile, is gone, or whose journey is over', async () => {
	await clinic.publish('returns', visit('returns.came', { reentry: { when: 'afterExit' } }));
	const first = await enter('returns', 'returns.came', 'p11');
	const mend = await poison('event_waits', first);
	await clinic.pump();
	await mend();
	const second = await enter('returns', 'returns.came', 'p11');
	expect(second).toBeGreaterThan(first);
	expect(await retry(first)).toBe(0);

	const mendSecond = await poison('event_waits', second);
	await clinic.pump();
	await mendSecond();
	expect(await retry(first, second), 'of two the later').toBe(1);
	expect(await stateOf(first)).toMatchObject({ state: 'failed' });

	const gone = await enter('returns', 'returns.came', 'p12');
	const mendGone = await poison('event_waits', gone);
	await clinic.pump();
	await mendGone();
	await clinic.pool.query('delete from contacts where id = $1', [clinic.idOf('p12')]);
	expect(await retry(gone)).toBe(0);

	const journeyId = await clinic.journeyId('returns');
	await inTransaction(clinic.pool, (tx) => cancelJourney(tx, journeyId, new Date(clinic.clock.now())));
	await clinic.pool.query(`update journeys set state = 'archived' where id = $1`, [journeyId]);
	expect(await retry(first, second)).toBe(0);
	await expectOneStory(clinic.pool);
});

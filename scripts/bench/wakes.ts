// How soon people move: who is let in, and who waited for a time, beside many others who wait.
import { setTimeout as sleep } from 'node:timers/promises';
import { enrolByHand } from '$lib/runtime/enrol.ts';
import { inTransaction } from '$lib/server/db/db.ts';
import { type Clinic, draw } from '../../tests/support/journey.ts';
import type { Figures } from './main.ts';
import { p95, until, Works } from './works.ts';

export const WAKE_NAMES = [
	'runtime.wake_p95_ms',
	'runtime.wake_median_ms',
	'runtime.timer_late_p95_ms',
	'start.worker_rss_mb'
];

const WAITING = Number(process.env.BENCH_WAITING ?? 500_000);
const WAKES = 400;
/** Each of them waits more than once. */
const PEOPLE = 5000;
const PAUSE_MS = 2000;

const door = draw(
	{
		come: ['trigger.manual', {}],
		pause: ['wait.for', { duration: `PT${PAUSE_MS / 1000}S` }],
		end: ['exit', {}]
	},
	['come -> pause', 'pause -> end']
);
const crowd = draw(
	{ come: ['trigger.manual', {}], pause: ['wait.for', { duration: 'P30D' }], end: ['exit', {}] },
	['come -> pause', 'pause -> end']
);

/**
 * From the commit of who is let in, with the pump's job, to the commit of the first move; and from the end of a wait to the
 * commit of the next. Two workers, as many waiting as `BENCH_WAITING` says.
 */
export async function measureWakes(): Promise<Figures> {
	const works = await Works.open();
	try {
		const { clinic } = works;
		const people = await clinic.crowd(PEOPLE);
		await clinic.publish('door', door);
		await clinic.publish('crowd', crowd);
		await letWait(clinic);
		const workers = [await works.start('worker'), await works.start('worker')];
		const rss = Math.max(...workers.map((worker) => worker.memory().nowMb));
		for (const person of people.slice(0, WAKES)) {
			await letIn(clinic, person);
			// Not at the rhythm of anything: neither of the workers' polls nor of each other's moves.
			await sleep(20 + ((clinic.idOf(person) * 37) % 60));
		}
		const left = `enrollments e join journeys j on j.id = e.journey_id where j.slug = 'door' and e.ended_at is null`;
		await until('everybody to end', async () => (await clinic.count(left)) === 0);
		const wakes = await timesOf(clinic, WAKE);
		return {
			'runtime.wake_p95_ms': p95(wakes),
			'runtime.wake_median_ms': wakes.toSorted((a, b) => a - b)[wakes.length >> 1] ?? NaN,
			'runtime.timer_late_p95_ms': p95(await timesOf(clinic, LATE)),
			'start.worker_rss_mb': rss
		};
	} finally {
		await works.close();
	}
}

/** Puts many to wait for the day after tomorrow, and later. */
async function letWait(clinic: Clinic): Promise<void> {
	const { rowCount } = await clinic.pool.query(
		`insert into enrollments (contact_id, journey_id, version_id, state, step, arrived_at, waiting_for, due_at, wake, trigger, entered_at)
		 select (select min(id) from contacts) + n % $1, j.id, j.live_version_id, 'waiting', 'pause', now(), 'time',
			now() + interval '2 days' + n * interval '1 second', null, '{}', now()
		 from generate_series(1, $2) n, journeys j where j.slug = 'crowd'`,
		[PEOPLE, WAITING]
	);
	if (rowCount !== WAITING) throw new Error(`${rowCount} of ${WAITING} wait.`);
	await clinic.pool.query('vacuum analyze');
	await clinic.pool.query('checkpoint');
}

async function letIn(clinic: Clinic, person: string): Promise<void> {
	const asked = { journey: 'door', contactId: clinic.idOf(person), request: person };
	const came = await inTransaction(clinic.pool, (tx) =>
		enrolByHand(tx, clinic.app, asked, clinic.clock.now())
	);
	if (came !== 'admitted') throw new Error(`${person} was not let in: ${came}`);
}

const ms = (from: string, to: string) => `(extract(epoch from ${to} - ${from}) * 1000)::float8 as ms`;

// What an enrollment came in by is written with it, and never again.
const WAKE = `select ${ms('pg_xact_commit_timestamp(k.xmin)', 'pg_xact_commit_timestamp(p.xmin)')}
	from enrollment_keys k join journeys j on j.id = k.journey_id and j.slug = 'door' and k.key like 'manual:%'
	join step_paths p on p.enrollment_id = k.enrollment_id and p.seq = 1`;
const LATE = `select ${ms(`(came.at + interval '${PAUSE_MS} ms')`, 'pg_xact_commit_timestamp(p.xmin)')}
	from enrollments e join journeys j on j.id = e.journey_id and j.slug = 'door'
	join step_paths came on came.enrollment_id = e.id and came.seq = 1
	join step_paths p on p.enrollment_id = e.id and p.seq = 2`;

async function timesOf(clinic: Clinic, statement: string): Promise<number[]> {
	const rows = await clinic.rows<{ ms: number }>(statement);
	if (rows.length !== WAKES) throw new Error(`${rows.length} of ${WAKES} are measured.`);
	return rows.map((row) => row.ms);
}

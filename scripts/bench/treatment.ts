// A treatment reminder beside very many marketing mails that are due at the same time, and what that costs in memory.
import { setTimeout as sleep } from 'node:timers/promises';
import { enqueuePump } from '$lib/runtime/door.ts';
import { enrolByHand } from '$lib/runtime/enrol.ts';
import { inTransaction } from '$lib/server/db/db.ts';
import { upsertContacts } from '$lib/server/ingest/contacts.ts';
import { type Clinic, draw, email } from '../../tests/support/journey.ts';
import { startSink } from '../torture/sink.ts';
import type { Figures } from './main.ts';
import { p95, until, Works } from './works.ts';

export const TREATMENT_NAMES = [
	'runtime.treatment_p95_ms',
	'runtime.treatment_sent_p95_ms',
	'runtime.bulk_enrollments_per_s',
	'runtime.worker_busy_rss_mb',
	'runtime.sender_busy_rss_mb'
];

const DUE = Number(process.env.BENCH_DUE ?? 1_000_000);
const REMINDERS = Number(process.env.BENCH_REMINDERS ?? 200);
const EVERY_MS = 250;
const PAUSE_MS = 2000;
const PAGE = 2000;
const LANES = 2;

const newsletter = draw(
	{
		come: ['trigger.manual', {}],
		mail: email({ template: 'offer', purpose: 'marketing' }),
		rest: ['wait.for', { duration: 'P30D' }],
		end: ['exit', {}]
	},
	['come -> mail', 'mail -> rest', 'rest -> end']
);
const reminder = draw(
	{
		come: ['trigger.manual', {}],
		pause: ['wait.for', { duration: `PT${PAUSE_MS / 1000}S` }],
		mail: email({ purpose: 'treatment' }),
		end: ['exit', {}]
	},
	['come -> pause', 'pause -> mail', 'mail -> end']
);

/** From the moment a reminder is due to the commit of its message, and to the commit that says the mail server has it. */
export async function measureTreatment(): Promise<Figures> {
	const works = await Works.open();
	const { clinic } = works;
	const sink = await startSink(clinic.app);
	try {
		const people = await seed(clinic);
		const workers = [await works.start('worker'), await works.start('worker')];
		const sender = await works.start('sender');
		await makeDue(clinic);
		const from = Date.now();
		for (const contactId of people) {
			await letIn(clinic, contactId);
			await sleep(EVERY_MS);
		}
		await until(
			'the reminders',
			async () =>
				(await clinic.count(`messages where purpose = 'treatment' and state = 'sent'`)) === REMINDERS
		);
		const seconds = (Date.now() - from) / 1000;
		const left = await clinic.count(`enrollments where step = 'come'`);
		if (!left) throw new Error('The bulk was over before the reminders were. Set BENCH_DUE higher.');
		return {
			'runtime.treatment_p95_ms': p95(await timesOf(clinic, 'k')),
			'runtime.treatment_sent_p95_ms': p95(await timesOf(clinic, 'm')),
			'runtime.bulk_enrollments_per_s': (DUE - left) / seconds,
			'runtime.worker_busy_rss_mb': Math.max(...workers.map((worker) => worker.memory().mostMb)),
			'runtime.sender_busy_rss_mb': sender.memory().mostMb
		};
	} finally {
		await works.close(() => sink.close());
	}
}

/** Makes everybody, and gives those who are to be reminded. */
async function seed(clinic: Clinic): Promise<number[]> {
	await clinic.template('offer', 'An offer. [Unsubscribe]({{ links.unsubscribe }})');
	await clinic.publish('newsletter', newsletter);
	await clinic.publish('reminder', reminder);
	const pages = Array.from({ length: Math.ceil((DUE + REMINDERS) / PAGE) }, (_, page) => page * PAGE);
	const made = async () => {
		for (let first = pages.shift(); first !== undefined; first = pages.shift())
			await addPeople(clinic, first);
	};
	await Promise.all(Array.from({ length: LANES }, made));
	await clinic.pool.query(
		`insert into consents (contact_id, kind, granted_at, source) select id, 'marketing', now() - interval '1 year', 'bench' from contacts`
	);
	const rows = await clinic.rows<{ id: number }>('select id from contacts order by id desc limit $1', [
		REMINDERS
	]);
	return rows.map(({ id }) => id);
}

async function addPeople({ pool, app }: Clinic, first: number): Promise<void> {
	const people = Array.from({ length: PAGE }, (_, n) => ({
		id: `p${first + n}`,
		name: `Patient ${first + n}`,
		email: `p${first + n}@example.test`,
		attributes: { firstName: `Pat${first + n}` }
	}));
	await inTransaction(pool, (tx) => upsertContacts(tx, app.vault, people, Date.now()));
}

/** All at once, a minute ago. */
async function makeDue(clinic: Clinic): Promise<void> {
	await clinic.pool.query(
		`insert into enrollments (contact_id, journey_id, version_id, state, step, arrived_at, due_at, wake, trigger, entered_at)
		 select c.id, j.id, j.live_version_id, 'active', 'come', t.at, t.at, '{"kind":"start"}', '{}', t.at
		 from (select id from contacts order by id limit $1) c, journeys j, (select now() - interval '1 minute' as at) t where j.slug = 'newsletter'`,
		[DUE]
	);
	await clinic.pool.query('vacuum analyze');
	await clinic.pool.query('checkpoint');
	await enqueuePump(clinic.pool);
}

async function letIn(clinic: Clinic, contactId: number): Promise<void> {
	const asked = { journey: 'reminder', contactId, request: String(contactId) };
	const came = await inTransaction(clinic.pool, (tx) => enrolByHand(tx, clinic.app, asked, Date.now()));
	if (came !== 'admitted') throw new Error(`${contactId} was not let in: ${came}`);
}

/** By which row: of the key, which is written with the message, or of the message, which is written last when it is sent. */
async function timesOf(clinic: Clinic, row: 'k' | 'm'): Promise<number[]> {
	const rows = await clinic.rows<{ ms: number }>(
		`select (extract(epoch from pg_xact_commit_timestamp(${row}.xmin) - came.at) * 1000)::float8 - $1 as ms
		 from messages m join message_keys k on k.message_id = m.id
		 join step_paths came on came.enrollment_id = m.enrollment_id and came.seq = 1
		 where m.purpose = 'treatment'`,
		[PAUSE_MS]
	);
	return rows.map(({ ms }) => ms);
}

// The runtime's own measure: contacts through the 7-step journey, three wakes each.
import type pg from 'pg';
import { compile } from '$lib/journey/index.ts';
import { pumpLane } from '$lib/runtime/pump.ts';
import { inTransaction } from '$lib/server/db/db.ts';
import { upsertContacts } from '$lib/server/ingest/contacts.ts';
import { saveTemplate } from '$lib/server/mail/templates.ts';
import { createJourney } from '$lib/server/journeys/drafts.ts';
import { loadWorkspace } from '$lib/server/journeys/workspace.ts';
import { sealTrigger } from '$lib/server/people/payloads.ts';
import type { Vault } from '$lib/server/seal/vault.ts';
import type { BenchDatabase } from './database.ts';
import type { Figures } from './main.ts';
import { sevenSteps } from './seven-steps.ts';

const CONTACTS = Number(process.env.BENCH_CONTACTS ?? 100_000);
const WAITING = 1_000_000;
const LANES = [0, 1];
const PAGE = 2000;
const DAY = 86_400_000;
const START = Date.parse('2026-03-02T15:00:00Z');

/**
 * Steps a second, CPU (ours and PostgreSQL's) and WAL a step, over all three wakes of every contact. `sealed`: the journey
 * uses two PHI attributes and a payload; `plain`: it reads the same, and nobody tagged it as PHI.
 */
export async function measureRuntime(database: BenchDatabase, people: 'sealed' | 'plain'): Promise<Figures> {
	await seed(database, people);
	return measureWakes(database);
}

/** The CPU of the same beside a million others who wait for later, in this journey and on the same pages. */
export async function measureBesideMillion(database: BenchDatabase): Promise<Figures> {
	await seed(database, 'sealed');
	await database.pool.query(
		`insert into enrollments (contact_id, journey_id, version_id, state, step, arrived_at, waiting_for, due_at, trigger, entered_at, seq, visit_count, visited)
		 select -n, j.id, j.live_version_id, 'waiting', 'day', $1, 'time', $2, '{}', $1, 2, 6, 'visit hello two-days adult older day'
		 from journeys j, generate_series(1, $3::int) n`,
		[new Date(START), new Date(START + 90 * DAY), WAITING]
	);
	await database.pool.query('vacuum analyze');
	await database.pool.query('checkpoint');
	const { 'runtime.cpu_us_per_step': micros = NaN } = await measureWakes(database);
	return { 'runtime.cpu_us_per_step_1m_waiting': micros };
}

async function measureWakes(database: BenchDatabase): Promise<Figures> {
	const from = {
		time: performance.now(),
		cpu: process.cpuUsage(),
		postgres: database.cpuMicros(),
		wal: await database.walBytes()
	};
	let steps = 0;
	for (const wake of [0, 1, 2]) steps += await wakeAll(database, START + wake * 2 * DAY);
	const seconds = (performance.now() - from.time) / 1000;
	const cpu = process.cpuUsage(from.cpu);
	const micros = cpu.user + cpu.system + database.cpuMicros() - from.postgres;
	await requireAllEnded(database.pool);
	return {
		'runtime.steps_per_s': steps / seconds,
		'runtime.cpu_us_per_step': micros / steps,
		'runtime.wal_bytes_per_step': ((await database.walBytes()) - from.wal) / steps
	};
}

// A wait that ends and the exit behind it are two steps of the seven; a visit left in a later wake is counted once.
async function wakeAll({ pool, openVault }: BenchDatabase, now: number): Promise<number> {
	const before = await countVisits(pool);
	// Days lie between two wakes, so no key is in memory any more.
	const vault = await openVault();
	const engine = { pool, vault, clock: { now: () => now } };
	await Promise.all(LANES.map((lane) => pumpLane(engine, lane)));
	await vault.close();
	return (await countVisits(pool)) - before;
}

async function countVisits(pool: pg.Pool): Promise<number> {
	const { rows } = await pool.query<{ visits: number }>(
		`select coalesce(sum(count), 0)::float8 as visits from step_counts where measure = 'entered'`
	);
	return rows[0]?.visits ?? 0;
}

async function seed({ pool, openVault }: BenchDatabase, people: 'sealed' | 'plain'): Promise<void> {
	await pool.query(
		`insert into settings (key, value) values ('workspace', '{"name":"Bench","timezone":"America/New_York","postalAddress":"1 Main St"}')`
	);
	await pool.query(
		`insert into attributes (key, label, type, tag, defined_at)
		values ('age', 'Age', 'number', $1, now()), ('firstName', 'First name', 'text', $1, now())`,
		[people === 'sealed' ? 'phi' : 'none']
	);
	await saveTemplate(
		pool,
		{
			slug: 'hello',
			name: 'Hello',
			subject: 'Hello',
			preheader: '',
			blocks: [{ kind: 'text', text: 'Hello {{ contact.firstName }}.' }]
		},
		null
	);
	await createJourney(pool, { slug: 'seven-steps', name: sevenSteps.name, document: sevenSteps }, null);
	const { plan, diagnostics } = compile(sevenSteps, await loadWorkspace(pool), 'seven-steps');
	if (!plan)
		throw new Error(
			`The benchmark's journey does not compile: ${diagnostics.map((each) => each.message).join(' ')}`
		);
	await pool.query(
		`with v as (insert into journey_versions (journey_id, number, document, plan) select id, 1, draft, $1 from journeys returning id, journey_id)
		 update journeys j set live_version_id = v.id, state = 'live' from v where v.journey_id = j.id`,
		[JSON.stringify(plan)]
	);
	await pool.query('update journeys set live_version_id = (select max(id) from journey_versions)');
	const vault = await openVault();
	for (let first = 1; first <= CONTACTS; first += PAGE) await addPeople(pool, vault, first);
	if (people === 'sealed') await sealTriggers(pool, vault);
	await vault.close();
	await pool.query('vacuum analyze');
	await pool.query('checkpoint');
}

async function addPeople(pool: pg.Pool, vault: Vault, first: number): Promise<void> {
	const count = Math.min(PAGE, CONTACTS - first + 1);
	const people = Array.from({ length: count }, (_, n) => ({
		id: `p${first + n}`,
		name: `Patient ${first + n}`,
		email: `p${first + n}@example.test`,
		timezone: 'America/New_York',
		attributes: { age: (first + n) % 90, firstName: `Pat${first + n}` }
	}));
	const ids = await inTransaction(pool, (tx) => upsertContacts(tx, vault, people, START));
	await enrol(pool, ids);
}

async function sealTriggers(pool: pg.Pool, vault: Vault): Promise<void> {
	const { rows } = await pool.query<{ id: number; contact_id: number }>(
		'select id, contact_id from enrollments'
	);
	const keys = await vault.keysToSeal(rows.map((row) => row.contact_id));
	await pool.query(
		`update enrollments e set trigger = '{}', trigger_sealed = n.sealed
		 from unnest($1::bigint[], $2::bytea[]) as n (id, sealed) where e.id = n.id`,
		[
			rows.map((row) => row.id),
			rows.map((row) => sealTrigger(keys.get(row.contact_id), row.id, { visit: 'v-1', score: 7 }).sealed)
		]
	);
}

async function enrol(pool: pg.Pool, contactIds: number[]): Promise<void> {
	await pool.query(
		`insert into enrollments (contact_id, journey_id, version_id, state, step, arrived_at, due_at, wake, trigger, entered_at)
		 select c.id, j.id, j.live_version_id, 'active', 'visit', $1, $1, '{"kind":"start"}', '{"visit":"v-1","score":7}', $1 from contacts c, journeys j where c.id = any($2)`,
		[new Date(START), contactIds]
	);
	await pool.query(
		`insert into enrollment_keys (contact_id, journey_id, key, enrollment_id) select contact_id, journey_id, 'once', id from enrollments where contact_id = any($1)`,
		[contactIds]
	);
}

async function requireAllEnded(pool: pg.Pool): Promise<void> {
	const { rows } = await pool.query<{ left: number; messages: number; paths: number }>(
		`select (select count(*) from enrollments where state <> 'exited' and contact_id > 0) as left, (select count(*) from messages) as messages, (select count(*) from step_paths) as paths`
	);
	const row = rows[0];
	if (!row || row.left || row.messages !== 2 * CONTACTS || row.paths !== 3 * CONTACTS)
		throw new Error(`The benchmark's contacts did not all arrive: ${JSON.stringify(row)}`);
}

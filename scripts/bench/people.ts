// One condition over everybody: in SQL where the attribute is plain, page by page through the vault where it is sealed.
import { evaluate, type Facts } from '$lib/journey/index.ts';
import { countToSql } from '$lib/journey/where/sql/where-to-sql.ts';
import { inTransaction } from '$lib/server/db/db.ts';
import { upsertContacts } from '$lib/server/ingest/contacts.ts';
import { contactPages } from '$lib/server/people/contact-pages.ts';
import type { BenchDatabase } from './database.ts';
import type { Figures } from './main.ts';

const CONTACTS = Number(process.env.BENCH_CONTACTS ?? 20_000);
const PAGE = 2000;
const NOW = Date.parse('2026-03-02T15:00:00Z');
const nothingElse: Omit<Facts, 'contact'> = {
	zone: 'UTC',
	attributeTypes: { age: 'number' },
	trigger: {},
	events: [],
	messages: [],
	consents: []
};
const where = (attribute: string) => ({ attribute, op: '>=', value: 40 }) as const;

/** Contacts a second and core (Node and PostgreSQL together), the keys not in memory; and adding them with their sealing. */
export async function measurePeople(database: BenchDatabase): Promise<Figures> {
	const cpu = () => {
		const { user, system } = process.cpuUsage();
		return (user + system + database.cpuMicros()) / 1e6;
	};
	await database.pool.query(
		`insert into attributes (key, label, type, tag, defined_at) values ('open', 'Open', 'number', 'none', now()), ('age', 'Age', 'number', 'phi', now())`
	);
	const adding = await secondsOf(cpu, () => addPeople(database));
	await database.pool.query('vacuum analyze');
	const expected = Array.from({ length: CONTACTS }, (_, n) => (n + 1) % 90).filter((age) => age >= 40).length;
	const sealed = await secondsOf(cpu, () => countSealed(database, expected));
	const plain = await secondsOf(cpu, () => countPlain(database, expected));
	return {
		'people.added_per_s_core': CONTACTS / adding,
		'people.sealed_condition_per_s_core': CONTACTS / sealed,
		'people.plain_condition_per_s_core': CONTACTS / plain
	};
}

async function addPeople({ pool, openVault }: BenchDatabase): Promise<void> {
	const vault = await openVault();
	for (let first = 1; first <= CONTACTS; first += PAGE) {
		const people = Array.from({ length: Math.min(PAGE, CONTACTS - first + 1) }, (_, n) => ({
			id: `p${first + n}`,
			name: `Patient ${first + n}`,
			email: `p${first + n}@example.test`,
			attributes: { open: (first + n) % 90, age: (first + n) % 90 }
		}));
		await inTransaction(pool, (tx) => upsertContacts(tx, vault, people, NOW));
	}
	await vault.close();
}

async function countSealed({ pool, openVault }: BenchDatabase, expected: number): Promise<void> {
	const vault = await openVault();
	let count = 0;
	for await (const page of contactPages({ pool, vault }))
		for (const contact of page) if (evaluate(where('age'), { ...nothingElse, contact }, NOW)) count++;
	await vault.close();
	requireEqual(count, expected);
}

async function countPlain({ pool }: BenchDatabase, expected: number): Promise<void> {
	const { text, values } = countToSql(where('open'), {
		now: NOW,
		zones: [],
		workspaceTimezone: 'UTC',
		attributeTypes: { open: 'number' },
		segments: {}
	});
	const { rows } = await pool.query<{ count: string }>(text, values);
	requireEqual(Number(rows[0]?.count), expected);
}

function requireEqual(count: number, expected: number): void {
	if (count !== expected) throw new Error(`The condition held for ${count} people, not ${expected}.`);
}

async function secondsOf(cpu: () => number, work: () => Promise<void>): Promise<number> {
	const from = cpu();
	await work();
	return cpu() - from;
}

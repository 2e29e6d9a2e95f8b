/** A small clinic for tests of the runtime: journeys, contacts and events through the real functions, under a set clock. */
import type pg from 'pg';
import { callQueued } from '../../src/lib/runtime/caller.ts';
import { admitDue } from '../../src/lib/runtime/admit-planned.ts';
import { planContacts, planJourney } from '../../src/lib/runtime/planned.ts';
import { pumpLane } from '../../src/lib/runtime/pump.ts';
import { routeBatch } from '../../src/lib/runtime/route.ts';
import { sendQueued } from '../../src/lib/runtime/sender.ts';
import type { App } from '../../src/lib/server/app.ts';
import { inTransaction } from '../../src/lib/server/db/db.ts';
import { upsertContacts, type ContactPatch } from '../../src/lib/server/ingest/contacts.ts';
import { recordEvents } from '../../src/lib/server/ingest/record.ts';
import { createJourney } from '../../src/lib/server/journeys/drafts.ts';
import type { DraftInput } from '../../src/lib/server/journeys/draft-document.ts';
import type { PeopleChoice } from '../../src/lib/server/journeys/move-choice.ts';
import { publishJourney, type Published } from '../../src/lib/server/journeys/publish.ts';
import { startCatcher } from '../../src/lib/server/mail/catcher.ts';
import type { Caller } from '../../src/lib/server/webhooks/caller.ts';
import { saveTemplate } from '../../src/lib/server/mail/templates.ts';
import { cloneDatabase, SetClock, testApp, type TestDatabase } from './database.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A step as `[kind, config]`, with `maxVisits` or `disabled` behind where it has any. */
export type DrawnStep = readonly [kind: string, config: object, more?: object];

/** A document out of steps by id and edges written `from -> to` or `from.outcome -> to`. */
export function draw(steps: Record<string, DrawnStep>, edges: string[], settings: object = {}): DraftInput {
	return {
		format: 'stepwell.journey/1',
		name: 'Test',
		settings: { timezone: 'UTC', ...settings },
		steps: Object.entries(steps).map(([id, [kind, config, more = {}]]) => ({ id, kind, config, ...more })),
		edges: edges.map((edge) => {
			const [start = '', to = ''] = edge.split(' -> ');
			const [from = '', outcome = 'next'] = start.split('.');
			return { from, outcome, to };
		})
	} as DraftInput;
}

/** A send step of the template `hello`. */
export function email(config: object = {}, more: object = {}): DrawnStep {
	return ['send.email', { template: 'hello', purpose: 'operations', ...config }, more];
}

export interface Told {
	properties?: Record<string, unknown>;
	/** Else the clock's now. */
	occurredAt?: number;
	receivedAt?: number;
	key?: string;
}

export class Clinic {
	readonly ids = new Map<string, number>();
	readonly database: TestDatabase;
	readonly clock: SetClock;
	readonly app: App;
	/** The way out for calls of other systems; without one, the product's own. */
	caller: Caller | undefined;
	private readonly catcher: { close(): Promise<void> };

	private constructor(
		database: TestDatabase,
		clock: SetClock,
		app: App,
		catcher: { close(): Promise<void> }
	) {
		this.database = database;
		this.clock = clock;
		this.app = app;
		this.catcher = catcher;
	}

	static async open(start = '2026-03-02T12:00:00Z'): Promise<Clinic> {
		return Clinic.in(await cloneDatabase(), new SetClock(start));
	}

	/** A clinic in a migrated database that holds nothing yet. */
	static async in(database: TestDatabase, clock: SetClock): Promise<Clinic> {
		const { pool, vault } = database;
		const catcher = await startCatcher({ pool, vault, clock });
		const app = testApp(pool, clock, { catcherPort: catcher.port, vault });
		const clinic = new Clinic(database, clock, app, catcher);
		await database.pool.query(
			`insert into settings (key, value) values ('workspace', '{"name":"Test clinic","timezone":"UTC","postalAddress":"1 Main St"}')`
		);
		await clinic.template('hello', 'Hello {{ contact.firstName }}.');
		return clinic;
	}

	get pool(): pg.Pool {
		return this.database.pool;
	}

	async close(): Promise<void> {
		await this.catcher.close();
		await this.database.drop();
	}

	async template(slug: string, text: string): Promise<void> {
		const blocks = [
			{ kind: 'text' as const, text },
			{ kind: 'button' as const, label: 'Open', url: 'https://clinic.example/survey' }
		];
		await this.attribute('firstName', 'text');
		await saveTemplate(this.pool, { slug, name: slug, subject: 'A note', preheader: '', blocks }, null);
	}

	async attribute(key: string, type: string, phi = false): Promise<void> {
		await this.pool.query(
			`insert into attributes (key, label, type, tag, defined_at) values ($1, $1, $2, $3, now()) on conflict (key) do nothing`,
			[key, type, phi ? 'phi' : 'none']
		);
	}

	/** Makes or changes contacts, and plans their entries by date anew as the job would. */
	async contacts(...patches: ContactPatch[]): Promise<void> {
		const ids = await inTransaction(this.pool, (tx) =>
			upsertContacts(tx, this.database.vault, patches, this.clock.now())
		);
		patches.forEach((patch, at) => this.ids.set(patch.id, ids[at] ?? 0));
		await planContacts(this.app, ids, { kind: 'all' }, this.clock.now());
	}

	/** Makes `count` contacts called p1, p2 …, each with an address. */
	async crowd(count: number, more: (n: number) => Partial<ContactPatch> = () => ({})): Promise<string[]> {
		const names = Array.from({ length: count }, (_, n) => `p${n + 1}`);
		await this.contacts(
			...names.map((id, n) => ({
				id,
				name: `Patient ${n + 1}`,
				email: `${id}@example.test`,
				attributes: { firstName: `Pat${n + 1}` },
				...more(n + 1)
			}))
		);
		return names;
	}

	/** Draws and publishes a journey at the clock's now; returns its version's id. */
	async publish(slug: string, document: DraftInput): Promise<number> {
		await createJourney(this.pool, { slug, name: slug, document }, null, this.clock.now());
		const { versionId } = await publishJourney(this.app, slug, null);
		await planJourney(this.app, await this.journeyId(slug), this.clock.now());
		return versionId;
	}

	/** Saves a new draft of a journey and publishes it, with what is chosen for the people inside. */
	async republish(slug: string, document: DraftInput, people: PeopleChoice): Promise<Published> {
		await this.draft(slug, document);
		const published = await publishJourney(this.app, slug, null, { people });
		await planJourney(this.app, await this.journeyId(slug), this.clock.now());
		return published;
	}

	/** Replaces the draft of a journey. */
	async draft(slug: string, document: DraftInput): Promise<void> {
		await this.pool.query(
			'update journeys set draft = $2, draft_revision = draft_revision + 1 where slug = $1',
			[slug, JSON.stringify(document)]
		);
	}

	async journeyId(slug: string): Promise<number> {
		const { id } = await this.one<{ id: number }>('select id from journeys where slug = $1', [slug]);
		return id;
	}

	/** Records one event of each contact named. */
	async tell(contacts: string | string[], name: string, told: Told = {}): Promise<number[]> {
		const now = this.clock.now();
		const events = [contacts].flat().map((contact) => ({
			contactId: this.idOf(contact),
			name,
			properties: told.properties ?? {},
			occurredAt: told.occurredAt ?? now,
			receivedAt: told.receivedAt ?? now,
			source: 'test',
			...(told.key === undefined ? {} : { key: `${name} ${contact} ${told.key}` })
		}));
		const recorded = await inTransaction(this.pool, (tx) => recordEvents(tx, this.database.vault, events));
		return recorded.map(({ id }) => id ?? 0);
	}

	idOf(contact: string): number {
		const id = this.ids.get(contact);
		if (id === undefined) throw new Error(`There is no contact ${contact} in this test.`);
		return id;
	}

	/** Routes, moves, admits and sends at the clock's now until nothing moves. */
	async settle(): Promise<void> {
		for (let moved = 1; moved;) {
			moved = await this.route();
			moved += (await this.pump()).enrollments;
			moved += await admitDue(this.app, this.clock.now());
			if (!moved) moved = await this.send();
			if (!moved) moved = await this.call();
		}
	}

	pump(lane = 0) {
		return pumpLane(this.app, lane);
	}

	route(): Promise<number> {
		return routeBatch(this.app, this.clock.now());
	}

	send(): Promise<number> {
		return sendQueued(this.app);
	}

	call(): Promise<number> {
		const { caller } = this;
		return caller ? callQueued(this.app, undefined, () => Promise.resolve(caller)) : callQueued(this.app);
	}

	/** Lets time pass as a prompt worker would live it: from one due instant to the next, up to `instant`. */
	async passTo(instant: string | number): Promise<void> {
		const end = typeof instant === 'number' ? instant : Date.parse(instant);
		await this.settle();
		for (let next = await this.nextDue(end); next !== null; next = await this.nextDue(end)) {
			this.clock.set(next);
			await this.settle();
		}
		this.clock.set(end);
		await this.settle();
	}

	pass(ms: number): Promise<void> {
		return this.passTo(this.clock.now() + ms);
	}

	private async nextDue(end: number): Promise<number | null> {
		const { next } = await this.one<{ next: Date | null }>(
			`select min(at) as next from (
				select due_at as at from enrollments e join journeys j on j.id = e.journey_id and j.state = 'live'
				union all select due_at from planned_entries union all select due_at from planned_runs
				union all select due_at from segment_midnights union all select due_at from deferred_entries
				union all select not_before from messages where state = 'queued'
				union all select not_before from webhook_calls where state = 'queued'
				union all select not_before from notices where state = 'queued'
			) t where at > $1 and at <= $2`,
			[new Date(this.clock.now()), new Date(end)]
		);
		return next?.getTime() ?? null;
	}

	/** Nothing that moves the contact on can be written while `work` goes on; that it failed can. */
	async whileBroken(contact: string, work: () => Promise<unknown>): Promise<void> {
		await this.pool.query(
			`alter table step_paths add constraint broken check (contact_id <> ${this.idOf(contact)} or reasons is not null) not valid`
		);
		await work();
		await this.pool.query('alter table step_paths drop constraint broken');
	}

	async rows<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
		return (await this.pool.query<Row>(text, values)).rows;
	}

	async one<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row> {
		const [row] = await this.rows<Row>(text, values);
		if (!row) throw new Error(`No row: ${text}`);
		return row;
	}

	async count(text: string, values: unknown[] = []): Promise<number> {
		const row = await this.one<{ n: number }>(`select count(*)::int as n from ${text}`, values);
		return row.n;
	}

	/** Enrollments by state, as `{ waiting: 3, exited: 1 }`; an end's reason stands behind it. */
	async states(contact?: string): Promise<Record<string, number>> {
		const rows = await this.rows<{ state: string; n: number }>(
			`select concat_ws(' ', state, reason) as state, count(*)::int as n from enrollments
			 where $1::bigint is null or contact_id = $1 group by 1 order by 1`,
			[contact === undefined ? null : this.idOf(contact)]
		);
		return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
	}

	/** The path of a contact's only enrollment, or its n-th: `['visit next @2026-03-02T12:00', …]` without what is zero. */
	async path(contact: string, nth = 0): Promise<string[]> {
		const rows = await this.rows<{ step: string; outcome: string | null; at: Date }>(
			`select v.step, v.outcome, case when p.continues and v.i = 1 then p.first_at else p.at end as at
			 from step_paths p cross join lateral unnest(p.steps, p.outcomes) with ordinality as v (step, outcome, i)
			 where p.enrollment_id = (select id from enrollments where contact_id = $1 order by id offset $2 limit 1)
			 and not (v.i = array_length(p.steps, 1) and v.outcome is null
				and exists (select 1 from step_paths n where n.enrollment_id = p.enrollment_id and n.seq > p.seq))
			 order by p.seq, v.i`,
			[this.idOf(contact), nth]
		);
		return rows.map(({ step, outcome, at }) =>
			[step, outcome ?? '·', at.toISOString().replace(/(:00)?\.000Z$/, '')].join(' ')
		);
	}

	/** The sums of one journey's counts, as `{ 'visit entered': 3 }`. */
	async counts(like = '%'): Promise<Record<string, number>> {
		const rows = await this.rows<{ name: string; n: number }>(
			`select step || ' ' || measure as name, sum(count)::int as n from step_counts where measure like $1 group by 1 order by 1`,
			[like]
		);
		return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
	}
}

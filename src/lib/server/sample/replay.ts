/**
 * Lets the sample's thirty days pass: the timeline and what people do with their mail go through the real router, pump and
 * sender, under a clock of their own. What the reports show afterwards was counted, not made up.
 */
import { admitDue } from '$lib/runtime/admit-planned.ts';
import { pumpLane } from '$lib/runtime/pump.ts';
import { routeBatch } from '$lib/runtime/route.ts';
import { sendQueued } from '$lib/runtime/sender.ts';
import type { App, Clock } from '../app.ts';
import { inTransaction } from '../db/db.ts';
import { recordEvents } from '../ingest/record.ts';
import { openTrigger } from '../people/payloads.ts';
import { startCatcher } from '../mail/catcher.ts';
import { recordEngagement } from '../mail/engagements.ts';
import { unsubscribe } from '../consent/unsubscribe.ts';
import type { ContactIds, Report } from './prepare.ts';
import { react } from './reactions.ts';
import { MINUTE, type Span } from './span.ts';
import type { SampleEvent } from './synthea.ts';

// What happens within three hours is taken together, each at its own instant; finer steps only take longer.
const STEP_MS = 180 * MINUTE;
const STEPS_A_DAY = 8;

const PERSON =
	'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15';
const PREFETCHER = 'Mozilla/5.0';

interface Deed {
	at: number;
	run(): Promise<unknown>;
}

class StepClock implements Clock {
	readonly promptMs = STEP_MS;
	at: number;
	constructor(at: number) {
		this.at = at;
	}
	now(): number {
		return this.at;
	}
}

/** Plays `timeline` from `span.from` to `span.to`. The workers must be still meanwhile. */
export async function replay(
	app: App,
	timeline: readonly SampleEvent[],
	ids: ContactIds,
	span: Span,
	report: Report
): Promise<void> {
	const clock = new StepClock(span.from);
	const catcher = await startCatcher({ ...app, clock });
	const played = new Replay({ ...app, clock, catcherPort: catcher.port }, clock, ids);
	try {
		const steps = Math.ceil((span.to - span.from) / STEP_MS);
		let next = 0;
		for (let step = 1; step <= steps; step++) {
			const until = Math.min(span.from + step * STEP_MS, span.to);
			const from = next;
			while ((timeline[next]?.occurredAt ?? Infinity) <= until) next++;
			await played.step(until, timeline.slice(from, next));
			if (step % STEPS_A_DAY === 0)
				report('Letting thirty days pass', step / STEPS_A_DAY, Math.ceil(steps / STEPS_A_DAY));
		}
	} finally {
		await catcher.close();
	}
}

class Replay {
	private deeds: Deed[] = [];
	private lastMessage = 0;
	private readonly app: App;
	private readonly clock: StepClock;
	private readonly ids: ContactIds;
	private readonly contactById: ReadonlyMap<number, string>;

	constructor(app: App, clock: StepClock, ids: ContactIds) {
		this.app = app;
		this.clock = clock;
		this.ids = ids;
		this.contactById = new Map([...ids].map(([contact, id]) => [id, contact]));
	}

	async step(until: number, events: readonly SampleEvent[]): Promise<void> {
		const due = this.deeds.filter((deed) => deed.at <= until).sort((a, b) => a.at - b.at);
		this.deeds = this.deeds.filter((deed) => deed.at > until);
		for (const deed of due) {
			this.clock.at = deed.at;
			await deed.run();
		}
		this.clock.at = until;
		await this.record(events);
		await this.settle();
		await this.readMail();
	}

	private async record(events: readonly SampleEvent[]): Promise<void> {
		if (!events.length) return;
		await inTransaction(this.app.pool, (tx) =>
			recordEvents(
				tx,
				this.app.vault,
				events.map((event) => ({
					contactId: this.idOf(event.contact),
					name: event.name,
					properties: event.properties,
					occurredAt: event.occurredAt,
					receivedAt: event.occurredAt,
					source: 'sample',
					key: event.key
				}))
			)
		);
	}

	/** Until nothing moves and nothing is to be sent: a hand-over can set waiting enrollments going again. */
	private async settle(): Promise<void> {
		for (;;) {
			await this.moveAll();
			if (!(await this.hasQueuedMail()) || !(await sendQueued(this.app, undefined, undefined, false))) return;
		}
	}

	private async moveAll(): Promise<void> {
		for (let moved = 1; moved;) {
			const { enrollments } = await pumpLane(this.app, 0);
			moved = enrollments + (await routeBatch(this.app, this.clock.now()));
			if (moved === 0) moved = await admitDue(this.app, this.clock.now());
		}
	}

	private async hasQueuedMail(): Promise<boolean> {
		const { rows } = await this.app.pool.query<{ any: boolean }>(
			`select exists (select 1 from messages where state = 'queued') as any`
		);
		return rows[0]?.any ?? false;
	}

	private async readMail(): Promise<void> {
		const { rows } = await this.app.pool.query<{
			id: number;
			contact_id: number;
			enrollment_id: number;
			step: string;
			slug: string;
			at: Date;
			trigger: Record<string, unknown>;
			trigger_sealed: Buffer | null;
		}>(
			`select m.id, m.contact_id, m.enrollment_id, m.step, j.slug, m.decided_at as at, e.trigger, e.trigger_sealed
			 from messages m join enrollments e on e.id = m.enrollment_id join journeys j on j.id = e.journey_id
			 where m.id > $1 and m.state = 'sent' order by m.id`,
			[this.lastMessage]
		);
		const keys = await this.app.vault.keysToOpen(rows.map((row) => row.contact_id));
		for (const row of rows) {
			this.lastMessage = row.id;
			const contact = this.publicIdOf(row.contact_id);
			this.expect(
				row.id,
				react({
					journey: row.slug,
					step: row.step,
					contactPublicId: contact,
					sentAt: row.at.getTime(),
					trigger: openTrigger(keys, { ...row, id: row.enrollment_id })
				}),
				contact,
				row.at.getTime()
			);
		}
	}

	private expect(
		messageId: number,
		reaction: ReturnType<typeof react>,
		contact: string,
		sentAt: number
	): void {
		const after = (ms: number | undefined, run: () => Promise<unknown>) => {
			if (ms !== undefined) this.deeds.push({ at: sentAt + ms, run });
		};
		const engage = (kind: 'open' | 'click', userAgent: string, link = 0) =>
			recordEngagement(this.app, { messageId, kind, link, method: 'GET', userAgent });
		after(reaction.machineOpenAfterMs, () => engage('open', PREFETCHER));
		after(reaction.openAfterMs, () => engage('open', PERSON));
		after(reaction.clickAfterMs, () => engage('click', PERSON, reaction.link));
		after(reaction.unsubscribeAfterMs, () => unsubscribe(this.app, messageId));
		for (const { afterMs, ...event } of reaction.events)
			after(afterMs, () => this.record([{ contact, occurredAt: sentAt + afterMs, ...event }]));
	}

	private publicIdOf(contactId: number): string {
		const contact = this.contactById.get(contactId);
		if (contact === undefined) throw new Error(`Contact ${contactId} is not the sample's.`);
		return contact;
	}

	private idOf(contact: string): number {
		const id = this.ids.get(contact);
		if (id === undefined) throw new Error(`The sample has no contact ${contact}.`);
		return id;
	}
}

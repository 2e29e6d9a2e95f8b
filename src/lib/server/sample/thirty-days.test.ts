import { describe, expect, it } from 'vitest';
import {
	advance,
	afterEvent,
	compile,
	entryKey,
	isDateTrigger,
	isInAudience,
	matchesTrigger,
	matchesWait,
	nextOccurrence,
	type Advance,
	type EnrollmentState,
	type EventFact,
	type MessageFact,
	type Plan,
	type Wake,
	type World
} from '$lib/journey/index.ts';
import { clinic } from './clinic.ts';
import { sampleJourneys } from './journeys.ts';
import { samplePatients, type SamplePatient } from './patients.ts';
import { react } from './reactions.ts';
import { DAY } from './span.ts';
import { sampleWorkspace } from './sample-workspace.ts';
import { timelineOf } from './timeline.ts';

const to = Date.parse('2026-03-02T15:00:00Z');
const span = { from: to - 30 * DAY, to };

const workspace = await sampleWorkspace();
const plans = sampleJourneys.map(({ slug, document }) => {
	const { plan } = compile(document, workspace, slug);
	if (!plan) throw new Error(`${slug} does not compile.`);
	return { slug, plan };
});

interface Passage {
	slug: string;
	plan: Plan;
	state: EnrollmentState;
	at: Pick<Advance, 'state' | 'waitingFor' | 'dueAt'>;
	messages: MessageFact[];
	endedAt: number | null;
}

/** What came of the thirty days, by `journey/step`, `journey/step outcome` and the like. */
class Tally {
	readonly counts = new Map<string, number>();
	add(what: string): void {
		this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
	}
	of(what: string): number {
		return this.counts.get(what) ?? 0;
	}
}

/** One contact's thirty days in memory, without the database: enough of the runtime's order to see where people go. */
class Life {
	private readonly agenda: { at: number; act: () => void }[] = [];
	private readonly events: EventFact[];
	private readonly passages: Passage[] = [];
	private readonly usedKeys = new Set<string>();
	private readonly marketingSentAt: number[] = [];
	private now = span.from;

	constructor(
		private readonly patient: SamplePatient,
		private readonly tally: Tally
	) {
		this.events = patient.events
			.filter((event) => event.occurredAt < span.from)
			.map((event, index) => ({ id: index + 1, ...event }));
	}

	live(): void {
		for (const event of timelineOf([this.patient], span))
			this.plan(event.occurredAt, () => this.happen(event.name, event.properties));
		this.planBirthday();
		for (let next = this.takeNext(); next && next.at <= to; next = this.takeNext()) {
			this.now = next.at;
			next.act();
		}
		for (const { slug, state, at } of this.passages)
			if (at.state === 'waiting') this.tally.add(`${slug}/${state.step} waiting`);
	}

	private plan(at: number, act: () => void): void {
		this.agenda.push({ at, act });
	}

	private takeNext() {
		const due = this.passages.filter((passage) => passage.at.dueAt !== null);
		for (const passage of due) {
			this.plan(
				passage.at.dueAt ?? 0,
				() => passage.at.dueAt === this.now && this.wake(passage, { kind: 'due' })
			);
		}
		this.agenda.sort((a, b) => a.at - b.at);
		return this.agenda.shift();
	}

	private planBirthday(): void {
		for (const { slug, plan } of plans)
			for (const trigger of plan.triggers) {
				if (!isDateTrigger(trigger)) continue;
				const zone = this.patient.contact.timezone ?? clinic.timezone;
				const next = nextOccurrence(
					trigger.config,
					this.patient.contact.attributes.birthday,
					zone,
					span.from
				);
				if (next)
					this.plan(next.at, () => {
						if (isInAudience(plan, trigger, this.world([]), this.now))
							this.enter(slug, plan, trigger.step, {}, null);
					});
			}
	}

	private happen(name: string, properties: Record<string, unknown>): void {
		const event: EventFact = { id: this.events.length + 1, name, properties, occurredAt: this.now };
		this.events.push(event);
		for (const passage of this.passages) {
			if (passage.at.state !== 'waiting') continue;
			const end = afterEvent(passage.plan, event, this.world(passage.messages), passage.state, this.now);
			if (end) this.end(passage, end.state);
			else if (
				passage.at.waitingFor === 'event' &&
				matchesWait(passage.plan, passage.state.step, event, passage.state)
			)
				this.wake(passage, { kind: 'event' });
		}
		for (const { slug, plan } of plans)
			for (const trigger of plan.triggers) {
				const key = entryKey(trigger, event);
				if (key === 'missing' || !matchesTrigger(plan, trigger, event, this.world([]), event.occurredAt))
					continue;
				this.enter(slug, plan, trigger.step, properties, key?.key ?? null);
			}
	}

	private enter(
		slug: string,
		plan: Plan,
		step: string,
		trigger: Record<string, unknown>,
		key: string | null
	): void {
		if (key === null ? this.isRefused(slug, plan) : this.usedKeys.has(`${slug} ${key}`))
			return this.tally.add(`${slug} refused`);
		if (key !== null) this.usedKeys.add(`${slug} ${key}`);
		const passage: Passage = {
			slug,
			plan,
			state: {
				step,
				arrivedAt: this.now,
				arrivals: {},
				visitCount: 0,
				enteredAt: this.now,
				trigger,
				standing: false
			},
			at: { state: 'waiting', waitingFor: null, dueAt: null },
			messages: [],
			endedAt: null
		};
		this.passages.push(passage);
		this.wake(passage, { kind: 'start' });
	}

	private isRefused(slug: string, plan: Plan): boolean {
		const { when = 'never', wait } = plan.settings.reentry ?? {};
		const own = this.passages.filter((passage) => passage.slug === slug);
		if (when === 'always' || own.length === 0) return false;
		return when === 'never' || wait !== undefined || own.some((passage) => passage.endedAt === null);
	}

	private wake(passage: Passage, wake: Wake): void {
		const after = advance(passage.plan, passage.state, wake, this.world(passage.messages), this.now);
		const { step, arrivedAt, arrivals, visitCount, state, waitingFor, dueAt } = after;
		passage.state = { ...passage.state, step, arrivedAt, arrivals, visitCount, standing: true };
		passage.at = { state, waitingFor, dueAt };
		for (const visit of after.visits) {
			if (!visit.continues) this.tally.add(`${passage.slug}/${visit.step}`);
			if (visit.outcome) this.tally.add(`${passage.slug}/${visit.step} ${visit.outcome}`);
		}
		for (const effect of after.effects) {
			if (effect.kind !== 'message') continue;
			if (effect.state === 'blocked') this.tally.add(`blocked ${effect.reason}`);
			else this.send(passage, effect.step, effect.marketing);
		}
		if (state !== 'waiting') this.end(passage, state);
		else if (waitingFor === 'handover')
			this.wake(passage, { kind: 'handover', outcome: 'next', reason: null });
	}

	private end(passage: Passage, state: Advance['state']): void {
		passage.at = { state, waitingFor: null, dueAt: null };
		passage.endedAt = this.now;
		this.tally.add(`${passage.slug} ${state}`);
	}

	private send({ slug, state, messages }: Passage, step: string, marketing: boolean): void {
		const message: MessageFact = {
			step,
			sentAt: this.now,
			deliveredAt: this.now,
			openedAt: null,
			clickedAt: null,
			bouncedAt: null
		};
		messages.push(message);
		this.tally.add('sent');
		if (marketing) this.marketingSentAt.push(this.now);
		const { trigger } = state;
		const contactPublicId = this.patient.contact.id;
		const reaction = react({ journey: slug, step, contactPublicId, sentAt: this.now, trigger });
		const follow = (afterMs: number | undefined, act: () => void) =>
			afterMs !== undefined && this.plan(this.now + afterMs, act);
		follow(reaction.openAfterMs, () => {
			message.openedAt = this.now;
			this.happen('email.opened', { journey: slug, step });
		});
		follow(reaction.clickAfterMs, () => {
			message.clickedAt = this.now;
			this.happen('email.clicked', { journey: slug, step });
		});
		for (const event of reaction.events)
			follow(event.afterMs, () => this.happen(event.name, event.properties));
	}

	private world(messages: MessageFact[]): World {
		const { contact, consents, suppression } = this.patient;
		return {
			contact: { ...contact, attributes: contact.attributes, createdAt: span.from },
			workspaceTimezone: clinic.timezone,
			events: this.events,
			messages,
			consents,
			suppressions: suppression ? [suppression] : [],
			marketingSentAt: this.marketingSentAt
		};
	}
}

const tally = new Tally();
for (const patient of samplePatients(span)) new Life(patient, tally).live();

describe('after thirty days of the sample clinic', () => {
	it.each(plans)(
		'somebody has come by every step of $slug, and taken every way that is drawn',
		({ slug, plan }) => {
			for (const step of Object.values(plan.steps)) {
				expect([step.id, tally.of(`${slug}/${step.id}`)]).not.toEqual([step.id, 0]);
				for (const [outcome, next] of Object.entries(step.outcomes))
					if (next !== null) {
						const way = `${step.id} ${outcome}`;
						expect([way, tally.of(`${slug}/${way}`)]).not.toEqual([way, 0]);
					}
			}
		}
	);

	it.each(plans)('people wait at every wait of $slug', ({ slug, plan }) => {
		for (const step of Object.values(plan.steps))
			if (step.kind === 'wait.for' || step.kind === 'wait.event')
				expect([step.id, tally.of(`${slug}/${step.id} waiting`)]).not.toEqual([step.id, 0]);
	});

	it('some were refused, some reached the goal, and nobody failed or ran in circles', () => {
		expect(tally.of('post-visit-follow-up refused')).toBeGreaterThan(5);
		expect(tally.of('birthday-check-up converted')).toBeGreaterThan(5);
		for (const { slug } of plans) {
			expect(tally.of(`${slug} failed`)).toBe(0);
			expect(tally.of(`${slug} stopped`)).toBe(0);
		}
	});

	it('messages were blocked for every reason that the sample’s people give', () => {
		for (const reason of [
			'no-address',
			'suppressed',
			'no-authorization',
			'authorization-expired',
			'authorization-revoked',
			'unsubscribed'
		])
			expect([reason, tally.of(`blocked ${reason}`)]).not.toEqual([reason, 0]);
		expect(tally.of('sent')).toBeGreaterThan(600);
	});
});

/** Takes queued messages for hand-over: asks the gate a second time, under the consent rows' lock, and leaves a lease. */
import { gate, reachOf, type PlanStepOf } from '$lib/journey/index.ts';
import type { App } from '$lib/server/app.ts';
import { inTransaction, type Tx } from '$lib/server/db/db.ts';
import { composeMail, type ComposedMail } from '$lib/server/mail/compose.ts';
import type { CompiledTemplate } from '$lib/server/mail/compile-template.ts';
import type { OutgoingText } from '$lib/server/mail/text-transport.ts';
import type { OutgoingMail } from '$lib/server/mail/transport.ts';
import {
	CONTACT_COLUMNS,
	factOf,
	openContact,
	type Contact,
	type ContactRow
} from '$lib/server/people/contact-store.ts';
import { openTrigger } from '$lib/server/people/payloads.ts';
import type { Vault } from '$lib/server/seal/vault.ts';
import { askBreaker } from './breaker.ts';
import type { Verdict } from './breaker-trip.ts';
import { loadFacts, agreedAddresses, worldOf, type Facts } from './facts.ts';
import { loadKnownPlans, newerVersions, type VersionPlan } from './plans.ts';
import { blockMessages, withdrawMessages } from './send-record.ts';
import { PURPOSES, queuedVersions } from './send-order.ts';
import { loadWorkspaceFacts, type WorkspaceFacts } from './workspace.ts';
import { unlessSealed } from '$lib/server/people/unless-sealed.ts';

/** After this a sender that did not record is taken for dead. */
export const LEASE_MS = 5 * 60_000;

export interface Outgoing {
	id: number;
	enrollmentId: number;
	contactId: number;
	versionId: number;
	journeyId: number;
	zone: string;
	step: string;
	/** Which visit of the step it is from. */
	arrival: number;
	visitAt: number;
	attempt: number;
	/** The contact's own zone: "ignored for three days" is counted in it, else in the zone of the journey that asks. */
	timezone: string | null;
	/** Null where the template could not be merged, and for a text. */
	mail: OutgoingMail | null;
	/** Null where the template could not be merged, and for an email. */
	text: OutgoingText | null;
}

interface Row extends ContactRow {
	id: number;
	enrollment_id: number;
	version_id: number;
	step: string;
	arrival: number;
	visit_at: Date;
	attempts: number;
	marketing: boolean;
	topic: string | null;
	channel: 'email' | 'text';
	trigger: Record<string, unknown>;
	trigger_sealed: Buffer | null;
	enrollment_state: string;
	enrollment_step: string;
	/** The enrollment may have moved to a newer version since its message was made. */
	enrollment_version_id: number;
	compiled: CompiledTemplate | null;
}

/** A row with what is about the person opened; null where that can't be. */
interface OpenRow extends Row {
	person: { contact: Contact; trigger: Record<string, unknown> } | null;
}

// Straight from the row, version by version, as enrollments are claimed.
const CLAIM = `select x.* from unnest($2::int[]) as g (version_id) cross join lateral (
	select m.id, m.enrollment_id, m.version_id, m.step, m.arrival, m.visit_at, m.attempts, m.marketing, m.topic, m.channel,
	${CONTACT_COLUMNS}, e.trigger, e.trigger_sealed,
	e.state as enrollment_state, e.step as enrollment_step, e.version_id as enrollment_version_id, t.compiled
	from messages m
	join contacts c on c.id = m.contact_id
	join enrollments e on e.id = m.enrollment_id
	left join template_versions t on t.id = m.template_version_id
	where m.state = 'queued' and m.purpose = $3 and m.version_id = g.version_id and (m.not_before is null or m.not_before <= $1)
	order by m.id limit $4
	for update of m skip locked
) x order by x.id`;

/** Of the most urgent purposes, up to `limit`. */
async function takeQueued(
	tx: Tx,
	now: number,
	limit: number,
	newer: ReadonlySet<number>
): Promise<{ rows: Row[]; isMore: boolean }> {
	const taken: Row[] = [];
	for (const purpose of PURPOSES) {
		const queued = await queuedVersions(tx, purpose, limit - taken.length + newer.size);
		const versions = queued.filter((version) => !newer.has(version));
		if (!versions.length) continue;
		const share = Math.ceil((limit - taken.length) / versions.length);
		const { rows } = await tx.query<Row>(CLAIM, [new Date(now), versions, purpose, share]);
		taken.push(...rows);
		const given = Map.groupBy(rows, (row) => row.version_id);
		const isMore = versions.some((version) => (given.get(version)?.length ?? 0) >= share);
		if (isMore || taken.length >= limit) return { rows: taken, isMore };
	}
	return { rows: taken, isMore: false };
}

export interface ClaimedMessages {
	outgoing: Outgoing[];
	looked: number;
	/** Journeys that must stop; their messages stay queued. */
	broken: Verdict[];
	/** Whether others may be queued still. */
	isMore: boolean;
}

/**
 * Thrown where PostgreSQL went away under the commit of a claim: nobody knows whether these are claimed. They were not begun.
 */
export class ClaimInDoubtError extends Error {
	readonly outgoing: Outgoing[];

	constructor(outgoing: Outgoing[], cause: unknown) {
		super('The commit of a claim was not answered.', { cause });
		this.name = 'ClaimInDoubtError';
		this.outgoing = outgoing;
	}
}

/**
 * Claims about `limit`; those the gate refuses now are blocked at once and not among `outgoing`. Without `isWatched` the
 * breaker is not asked. Throws `ClaimInDoubtError`.
 */
export async function claimMessages(app: App, limit: number, isWatched = true): Promise<ClaimedMessages> {
	let outgoing: Outgoing[] = [];
	const work = async (tx: Tx) => {
		const claimed = await claimIn(tx, app, limit, isWatched);
		({ outgoing } = claimed);
		return claimed;
	};
	try {
		return await inTransaction(app.pool, work);
	} catch (error) {
		throw outgoing.length ? new ClaimInDoubtError(outgoing, error) : error;
	}
}

async function claimIn(tx: Tx, app: App, limit: number, isWatched: boolean): Promise<ClaimedMessages> {
	const now = app.clock.now();
	const found = await takeQueued(tx, now, limit, newerVersions(app.pool));
	const { isMore } = found;
	const plans = await loadKnownPlans(
		tx,
		app.pool,
		found.rows.flatMap((row) => [row.version_id, row.enrollment_version_id])
	);
	// Those on a plan of a newer Stepwell are its senders' to hand over.
	const rows = found.rows.filter((row) => plans.has(row.version_id) && plans.has(row.enrollment_version_id));
	const looked = found.rows.length;
	if (!rows.length) return { outgoing: [], looked, broken: [], isMore };
	const open = rows.filter((row) => !hasLeft(row, plans));
	await withdrawMessages(
		tx,
		rows.filter((row) => !open.includes(row)).map((row) => row.id),
		now
	);
	const judged = await judge(tx, app.vault, await openPeople(app.vault, open), plans, now);
	await blockMessages(
		tx,
		judged.filter(isRefused).map(({ row, reason }) => ({ ...identity(row, plans), reason })),
		now,
		app.process?.slot
	);
	const passed = judged.filter(({ reason }) => reason === null).map(({ row }) => row);
	const broken = isWatched
		? await askBreaker(
				tx,
				passed.map((row) => askedOf(row, plans)),
				now
			)
		: [];
	const stopped = new Set(broken.map(({ journeyId }) => journeyId));
	const allowed = passed.filter((row) => !stopped.has(planOf(plans, row).journeyId));
	await lease(tx, allowed, now);
	const workspace = await loadSender(tx);
	const outgoing = allowed.map((row) => prepare(app, row, plans, workspace));
	return { outgoing, looked, broken, isMore };
}

// An exit rule or a goal ended the enrollment, and what it still held is not sent. An `exit` step that was walked into leaves
// what was made before it as it is.
function hasLeft(row: Row, plans: Map<number, VersionPlan>): boolean {
	if (row.enrollment_state === 'converted' || row.enrollment_state === 'cancelled') return true;
	const isDrawn = plans.get(row.enrollment_version_id)?.plan.steps[row.enrollment_step]?.kind === 'exit';
	return row.enrollment_state === 'exited' && !isDrawn;
}

async function openPeople(vault: Vault, rows: readonly Row[]): Promise<OpenRow[]> {
	const keys = await vault.keysToOpen(rows.map((row) => row.contact_id));
	return rows.map((row) => {
		const ofEnrollment = { ...row, id: row.enrollment_id };
		const person = unlessSealed(() => ({
			contact: openContact(keys, row),
			trigger: openTrigger(keys, ofEnrollment)
		}));
		return { ...row, person: person ?? null };
	});
}

type Judged = { row: OpenRow; reason: string | null };

function isRefused(judged: Judged): judged is Judged & { reason: string } {
	return judged.reason !== null;
}

async function judge(
	tx: Tx,
	vault: Vault,
	rows: OpenRow[],
	plans: Map<number, VersionPlan>,
	now: number
): Promise<Judged[]> {
	// Whoever revokes waits for this transaction, or this one sees the revocation.
	await tx.query('select 1 from consents where contact_id = any($1) order by id for share', [
		rows.map((row) => row.contact_id)
	]);
	const questions = rows.map((row) => ({
		contactId: row.contact_id,
		enrollmentId: null,
		email: row.person?.contact.email ?? null,
		plan: planOf(plans, row).plan,
		for: 'gate' as const
	}));
	const facts = await loadFacts(tx, vault, questions, now);
	const workspace = await loadWorkspaceFacts(tx);
	for (const { person, contact_id } of rows)
		if (person) person.contact = { ...person.contact, ...agreedAddresses(facts, contact_id) };
	return rows.map((row) => ({
		row,
		reason: refusal(row, planOf(plans, row), facts, workspace, now)
	}));
}

function refusal(
	row: OpenRow,
	version: VersionPlan,
	facts: Facts,
	workspace: WorkspaceFacts,
	now: number
): string | null {
	if (!row.person) return 'gate-error';
	try {
		const contact = factOf(row.person.contact);
		const world = worldOf(facts, contact, row.contact_id, null, workspace);
		const step = stepOf(row, version);
		// The cap was decided when the message was made, and this message itself would count against it now.
		return gate(
			{ ...step.config, channel: row.channel, hasPhi: step.holdsPhi === true },
			{
				reach: reachOf(world.contact),
				suppressions: world.suppressions,
				consents: world.consents,
				marketingSentAt: [],
				baa: world.baa
			},
			now
		);
	} catch {
		return 'gate-error'; // Any error inside the gate blocks, never sends.
	}
}

function stepOf(row: Row, version: VersionPlan): PlanStepOf<'send.email'> | PlanStepOf<'send.text'> {
	const step = version.plan.steps[row.step];
	if (step?.kind !== 'send.email' && step?.kind !== 'send.text')
		throw new Error(`Message ${row.id} belongs to no send step.`);
	return step;
}

function planOf(plans: Map<number, VersionPlan>, row: Row): VersionPlan {
	const version = plans.get(row.version_id);
	if (!version) throw new Error(`Version ${row.version_id} was not loaded.`);
	return version;
}

function askedOf(row: Row, plans: Map<number, VersionPlan>) {
	const { plan } = planOf(plans, row);
	const known = identity(row, plans);
	return { ...known, arrival: row.arrival, plan, zone: row.timezone ?? known.zone };
}

function identity(row: Row, plans: Map<number, VersionPlan>) {
	return {
		id: row.id,
		enrollmentId: row.enrollment_id,
		contactId: row.contact_id,
		versionId: row.version_id,
		journeyId: planOf(plans, row).journeyId,
		zone: planOf(plans, row).zone,
		step: row.step,
		arrival: row.arrival,
		visitAt: row.visit_at.getTime(),
		attempt: row.attempts + 1,
		timezone: row.timezone
	};
}

async function lease(tx: Tx, rows: Row[], now: number): Promise<void> {
	if (!rows.length) return;
	await tx.query(
		`with leased as (
			update messages set state = 'sending', attempts = attempts + 1, lease_until = $2 where id = any($1) returning id, attempts
		)
		insert into message_attempts (message_id, attempt, started_at) select id, attempts, $3 from leased`,
		[rows.map((row) => row.id), new Date(now + LEASE_MS), new Date(now)]
	);
}

interface Sender {
	name: string;
	postalAddress: string;
	timezone: string;
}

async function loadSender(tx: Tx): Promise<Sender> {
	const { rows } = await tx.query<{ value: Partial<Sender> }>(
		`select value from settings where key = 'workspace'`
	);
	const value = rows[0]?.value ?? {};
	return {
		name: value.name ?? 'Stepwell',
		postalAddress: value.postalAddress ?? '',
		timezone: value.timezone ?? 'UTC'
	};
}

function prepare(app: App, row: OpenRow, plans: Map<number, VersionPlan>, workspace: Sender): Outgoing {
	const version = planOf(plans, row);
	const composed = compose(app, row, version, workspace);
	const isText = row.channel === 'text';
	return {
		...identity(row, plans),
		mail: isText ? null : mailOf(row, version, workspace, composed),
		text: isText ? textOf(row, workspace, composed) : null
	};
}

function mailOf(
	row: OpenRow,
	version: VersionPlan,
	workspace: Sender,
	composed: ComposedMail | null
): OutgoingMail | null {
	const { contact } = row.person ?? {};
	if (!composed || !contact?.email) return null;
	const { config } = stepOf(row, version);
	return {
		...composed,
		messageId: row.id,
		to: { name: contact.name, address: contact.email },
		fromName: workspace.name,
		security: 'security' in config && config.security === 'tls' ? 'tls' : 'auto'
	};
}

function textOf(row: OpenRow, workspace: Sender, composed: ComposedMail | null): OutgoingText | null {
	const phone = row.person?.contact.phone;
	if (!composed || !phone) return null;
	return {
		messageId: row.id,
		contactId: row.contact_id,
		versionId: row.version_id,
		to: phone,
		fromName: workspace.name,
		body: composed.text
	};
}

function compose(app: App, row: OpenRow, version: VersionPlan, workspace: Sender): ComposedMail | null {
	const { contact, trigger } = row.person ?? {};
	if (!row.compiled || !contact) return null;
	try {
		return composeMail(app, row.compiled, {
			messageId: row.id,
			contact,
			trigger: trigger ?? {},
			journeyName: version.plan.name,
			marketing: row.marketing,
			workspace
		});
	} catch {
		// A render error quotes the template and what it was given; the person's data must not reach a log.
		app.log.error({ message: row.id, step: row.step }, 'a template could not be merged');
		return null;
	}
}

/** From a draft to a version that contacts run on. A version never changes once it is written. */
import { compile, parseJourney, type Diagnostic, type Plan } from '$lib/journey/index.ts';
import { letGoOn } from '$lib/runtime/breaker-trip.ts';
import { enqueuePlanEntries } from '$lib/runtime/door.ts';
import { holdRouter } from '$lib/runtime/route.ts';
import { followWatching } from '$lib/runtime/segments.ts';
import { ApiError } from '../api/errors.ts';
import type { App } from '../app.ts';
import type { AuditAct, MakeEntry } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import type { Tx } from '../db/db.ts';
import { carriesTexts } from '../mail/text-transport.ts';
import { findShownTrip, type ShownTrip } from './drafts.ts';
import { findEngineLimits, type EngineProblem } from './engine-limits.ts';
import { checkMapping, placePeople, type PeopleChoice, type PeopleOutcome } from './move-choice.ts';
import { goOn } from './pause.ts';
import { loadWorkspace } from './workspace.ts';

export interface Published {
	versionId: number;
	number: number;
	people: PeopleOutcome;
	/** Why the breaker holds the journey still; null where it does not. A new version is no answer to it: a person resumes it. */
	trip: ShownTrip | null;
	/** What is worth knowing all the same: warnings and hints. */
	diagnostics: Diagnostic[];
}

interface LockedDraft {
	id: number;
	state: string;
	draft: unknown;
	revision: number;
}

export interface PublishOptions {
	/** Only the draft that the person saw. */
	revision?: number;
	/** What becomes of the people inside; they finish where nothing is said. */
	people?: PeopleChoice;
	/** Who does it, for the audit log. */
	entry?: MakeEntry;
	/** What a rehearsal changes in the plan before it is written. */
	adjust?: (plan: Plan) => Plan;
	/** Nothing will be handed over. */
	isRehearsal?: boolean;
}

const DEADLOCK = '40P01';
const TRIES = 3;

/**
 * Publishes the draft of a journey as its next version and makes it live, with what is chosen for the people inside, or does
 * nothing: one transaction. One that the breaker paused stays paused. Throws ApiError `publish.refused` with the compiler's diagnostics and what this version can't run
 * yet as problems, `publish.unmapped` with the steps for which nothing is chosen, `input.invalid`, `draft.stale`, or `not-found`.
 */
export async function publishJourney(
	app: App,
	slug: string,
	userId: number | null,
	options: PublishOptions = {}
): Promise<Published> {
	for (let tries = 1; ; tries++)
		try {
			return await inAuditedTransaction(app.pool, async (tx, audit) => {
				const published = await publish(tx, app, slug, userId, options);
				if (options.entry) audit(options.entry(actOf(slug, published)));
				return published;
			});
		} catch (error) {
			// Senders and batches take rows in orders of their own; whoever is stopped begins again.
			if (tries === TRIES || (error as { code?: unknown }).code !== DEADLOCK) throw error;
		}
}

async function publish(
	tx: Tx,
	app: App,
	slug: string,
	userId: number | null,
	{ revision, people = { choice: 'finish' }, adjust = (plan) => plan, isRehearsal = false }: PublishOptions
): Promise<Published> {
	// Before the journey: the router holds its lock while it refers to journeys.
	if (people.choice === 'move') await holdRouter(tx);
	const journey = await lockDraft(tx, slug);
	if (revision !== undefined && revision !== journey.revision)
		throw new ApiError('draft.stale', 'The draft was changed meanwhile. Look at it again, then publish.');
	const { team, ...workspace } = await loadWorkspace(tx);
	const { plan, diagnostics } = compile(
		journey.draft,
		// A rehearsal has no team.
		{ ...workspace, team: isRehearsal ? undefined : team },
		slug
	);
	const { document } = parseJourney(journey.draft);
	const limits = document
		? findEngineLimits(document, {
				carriesTexts: await carriesTexts(tx),
				webhookHosts: app.webhookHosts,
				isRehearsal
			})
		: [];
	if (!plan || limits.length > 0) throw refusal([...limits, ...diagnostics]);
	if (people.choice === 'move') checkMapping(plan, people.mapping);
	const version = await insertVersion(tx, journey, adjust(plan), people, userId, app.clock.now());
	const outcome = await placePeople(tx, app, { journeyId: journey.id, ...version }, people);
	const trip = await findShownTrip(tx, journey.id);
	await tx.query(`update journeys set live_version_id = $2, state = $3 where id = $1`, [
		journey.id,
		version.versionId,
		trip ? 'paused' : 'live'
	]);
	await followWatching(tx);
	if (!trip) await setGoing(tx, app, journey);
	return { ...version, people: outcome, trip, diagnostics };
}

async function setGoing(tx: Tx, app: App, { id, state }: LockedDraft): Promise<void> {
	if (state !== 'paused') return enqueuePlanEntries(tx, id);
	await letGoOn(tx, id, app.clock.now());
	await goOn(tx, app, id);
}

function actOf(slug: string, { number, trip, people: { choice, ...counts } }: Published): AuditAct {
	const details = { version: number, people: choice, ...counts, ...(trip ? { held: trip.reason } : {}) };
	return { action: 'journey.publish', subject: { kind: 'journey', ids: [slug] }, details };
}

// Not `for update`: a batch that gives a place refers to the journey, while we wait for the people it works on.
async function lockDraft(tx: Tx, slug: string): Promise<LockedDraft> {
	const found = await tx.query<LockedDraft>(
		'select id, state, draft, draft_revision as revision from journeys where slug = $1 for no key update',
		[slug]
	);
	if (!found.rows[0]) throw new ApiError('not-found', 'There is no such journey.');
	return found.rows[0];
}

function refusal(problems: (Diagnostic | EngineProblem)[]): ApiError {
	const errors = problems.filter((problem) => problem.severity === 'error').length;
	const count = errors === 1 ? 'One problem has' : `${errors} problems have`;
	return new ApiError('publish.refused', `${count} to be solved before this journey can be published.`, {
		problems
	});
}

async function insertVersion(
	tx: Tx,
	journey: LockedDraft,
	plan: Plan,
	people: PeopleChoice,
	userId: number | null,
	now: number
): Promise<{ versionId: number; number: number }> {
	const made = await tx.query<{ versionId: number; number: number }>(
		`insert into journey_versions (journey_id, number, document, plan, mapping, published_by, published_at)
		select $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6 from journey_versions where journey_id = $1
		returning id as "versionId", number`,
		[
			journey.id,
			JSON.stringify(journey.draft),
			JSON.stringify(plan),
			people.choice === 'move' ? JSON.stringify(people.mapping) : null,
			userId,
			new Date(now)
		]
	);
	if (!made.rows[0]) throw new Error('An insert of one version returned no row.');
	return made.rows[0];
}

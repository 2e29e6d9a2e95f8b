/** From a draft to a version that contacts run on. A version never changes once it is written. */
import { compile, parseJourney, type Diagnostic, type Plan } from '$lib/journey/index.ts';
import { letGoOn } from '$lib/runtime/breaker-trip.ts';
import { enqueuePlanEntries } from '$lib/runtime/door.ts';
import { ApiError } from '../api/errors.ts';
import type { App } from '../app.ts';
import type { MakeEntry } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import type { Tx } from '../db/db.ts';
import { findEngineLimits, type EngineProblem } from './engine-limits.ts';
import { loadWorkspace } from './workspace.ts';

export interface Published {
	versionId: number;
	number: number;
	/** What is worth knowing all the same: warnings and hints. */
	diagnostics: Diagnostic[];
}

interface LockedDraft {
	id: number;
	draft: unknown;
	revision: number;
	state: string;
}

/**
 * Publishes the draft of a journey as its next version and makes it live, or does nothing: one transaction.
 * With `revision`, only the draft that the person saw. `entry` is who does it, for the audit log. Throws ApiError `publish.refused` with the compiler's diagnostics
 * and what this version can't run yet as problems, `draft.stale`, or `not-found`.
 */
export async function publishJourney(
	app: App,
	slug: string,
	userId: number | null,
	revision?: number,
	entry?: MakeEntry
): Promise<Published> {
	return inAuditedTransaction(app.pool, async (tx, audit) => {
		const journey = await lockDraft(tx, slug);
		if (revision !== undefined && revision !== journey.revision)
			throw new ApiError('draft.stale', 'The draft was changed meanwhile. Look at it again, then publish.');
		const { plan, diagnostics } = compile(journey.draft, await loadWorkspace(tx), slug);
		const { document } = parseJourney(journey.draft);
		const limits = document ? findEngineLimits(document) : [];
		if (!plan || limits.length > 0) throw refusal([...limits, ...diagnostics]);
		const version = await insertVersion(tx, journey, plan, userId, app.clock.now());
		if (journey.state === 'paused') await letGoOn(tx, journey.id, app.clock.now());
		await tx.query(`update journeys set live_version_id = $2, state = 'live' where id = $1`, [
			journey.id,
			version.versionId
		]);
		await enqueuePlanEntries(tx, journey.id);
		const subject = { kind: 'journey', ids: [slug] };
		if (entry) audit(entry({ action: 'journey.publish', subject, details: { version: version.number } }));
		return { ...version, diagnostics };
	});
}

async function lockDraft(tx: Tx, slug: string): Promise<LockedDraft> {
	const found = await tx.query<LockedDraft>(
		'select id, draft, draft_revision as revision, state from journeys where slug = $1 for update',
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
	userId: number | null,
	now: number
): Promise<{ versionId: number; number: number }> {
	const made = await tx.query<{ versionId: number; number: number }>(
		`insert into journey_versions (journey_id, number, document, plan, published_by, published_at)
		select $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5 from journey_versions where journey_id = $1
		returning id as "versionId", number`,
		[journey.id, JSON.stringify(journey.draft), JSON.stringify(plan), userId, new Date(now)]
	);
	if (!made.rows[0]) throw new Error('An insert of one version returned no row.');
	return made.rows[0];
}

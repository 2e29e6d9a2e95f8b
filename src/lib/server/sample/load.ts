/** Loads the sample clinic into a workspace. */
import { planJourney } from '$lib/runtime/planned.ts';
import { loadLiveJourneys } from '$lib/runtime/plans.ts';
import type { App } from '../app.ts';
import type { MakeEntry } from '../audit/call.ts';
import { recordAudit } from '../audit/record.ts';
import { relaxAccessForSample } from '../auth/access-settings.ts';
import { inTransaction, openHastyPool } from '../db/db.ts';
import { publishJourney } from '../journeys/publish.ts';
import { sampleJourneys } from './journeys.ts';
import { samplePatients, type SamplePatient } from './patients.ts';
import { prepareClinic } from './prepare.ts';
import { replay } from './replay.ts';
import { DAY, type Span } from './span.ts';
import { timelineOf } from './timeline.ts';

export interface SampleProgress {
	/** In words for people: "Adding patients". */
	phase: string;
	done: number;
	total: number;
}

/** How long the sample's journeys have been running when somebody first sees them. */
const DAYS = 30;

// The product is two bundles in one process, and the one that loads is not always the one that shows how far it is.
const slot = Symbol.for('stepwell.sample-progress');
type Holder = { [slot]?: SampleProgress | null };

/** How far the loading is, or null while nothing is loading. */
export function sampleProgress(): SampleProgress | null {
	return (globalThis as Holder)[slot] ?? null;
}

function report(phase: string, done: number, total: number): void {
	(globalThis as Holder)[slot] = { phase, done, total };
}

/**
 * Adds the clinic and lets its `days` pass. Throws ApiError `conflict` where it is there already; then, and when the
 * preparation fails, nothing was written. `entry` is who does it, for the audit log.
 */
export async function loadSample(app: App, days = DAYS, entry?: MakeEntry): Promise<void> {
	const to = app.clock.now();
	const span = { from: to - days * DAY, to };
	try {
		report('Reading patients', 0, 1);
		const patients = samplePatients(span);
		await app.whileStill(() => makeClinic(app, patients, span));
		if (entry) await inTransaction(app.pool, (tx) => recordAudit(tx, [entry({ action: 'sample.load' })]));
	} finally {
		(globalThis as Holder)[slot] = null;
	}
}

async function makeClinic(app: App, patients: readonly SamplePatient[], span: Span): Promise<void> {
	const pool = openHastyPool(app.pool);
	try {
		const ids = await inTransaction(pool, async (tx) => {
			await relaxAccessForSample(tx);
			return prepareClinic(tx, app.vault, patients, span, report);
		});
		await publishJourneys({ ...app, pool, clock: { now: () => span.from } });
		await replay({ ...app, pool }, timelineOf(patients, span), ids, span, report);
	} finally {
		await pool.end();
	}
}

async function publishJourneys(app: App): Promise<void> {
	for (const [done, { slug }] of sampleJourneys.entries()) {
		report('Publishing journeys', done, sampleJourneys.length);
		await publishJourney(app, slug, null);
	}
	for (const { journeyId } of await loadLiveJourneys(app.pool, app.pool))
		await planJourney(app, journeyId, app.clock.now());
}

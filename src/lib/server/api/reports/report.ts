import { z } from 'zod';
import type { App } from '../../app.ts';
import { procedure } from '../trpc.ts';
import { enteredByDay, sumCounts } from './count-rows.ts';
import { endsOf, isTriggerStep } from './flow.ts';
import {
	barSchema,
	endingSchema,
	endings,
	funnelBars,
	turnedAway,
	type EndCount,
	type Outcome
} from './funnel.ts';
import { headline, headlineSchema, type Previous } from './headline.ts';
import { loadNames } from './names.ts';
import { dayRange, daysIn, reportQuery, type DayRange } from './range.ts';
import { reportStepSchema, reportSteps, type ReportStep } from './report-steps.ts';
import { numbersByStep, stepNumbersSchema, wholeJourney, type CountRow } from './step-numbers.ts';
import { chooseVersions, getReportJourney, type ReportJourney, type ReportVersion } from './versions.ts';

const output = z.object({
	slug: z.string(),
	name: z.string(),
	state: z.enum(['draft', 'live', 'paused', 'archived']),
	liveVersion: z.number().nullable(),
	/** Zone of the days and times of this report. */
	zone: z.string(),
	/** When the counts were read, ISO 8601. */
	at: z.string(),
	versions: z.array(z.object({ number: z.number(), publishedAt: z.string() })),
	headline: headlineSchema,
	bars: z.array(barSchema),
	endings: z.array(endingSchema),
	/** What was not sent and who was turned away, by reason. */
	refusals: z.array(endingSchema),
	whole: stepNumbersSchema,
	steps: z.array(reportStepSchema),
	/** Entries a day, every day of the range. */
	entries: z.array(z.object({ day: z.string(), count: z.number() }))
});

/** A journey's report: the headline, the funnel, the ends and a table of steps. */
export const reportProcedure = procedure('reports.read')
	.input(reportQuery)
	.output(output)
	.query(async ({ ctx: { app }, input }) => {
		const journey = await getReportJourney(app.pool, input.slug);
		const versions = chooseVersions(journey, input.version);
		const range = dayRange(input, journey.zone, app.clock.now());
		const rows = await sumCounts(app.pool, idsOf(versions), range);
		const documents = versions.map((version) => version.document);
		const steps = reportSteps(documents, numbersByStep(rows), await loadNames(app.pool));
		const outcome = outcomeOf(versions, rows);
		const ends = endings(endCounts(versions, rows, steps), outcome);
		const previous = input.version === 'all' ? null : await previousShare(app, journey, input.version);
		return {
			...summaryOf(journey),
			at: new Date(app.clock.now()).toISOString(),
			headline: headline(outcome, steps, ends, previous),
			bars: funnelBars(steps, outcome),
			endings: ends,
			refusals: turnedAway(outcome.whole),
			whole: outcome.whole,
			steps,
			entries: await entriesADay(app, versions, range)
		};
	});

const idsOf = (versions: readonly ReportVersion[]) => versions.map((version) => version.id);

function summaryOf({ slug, name, state, liveVersion, zone, versions }: ReportJourney) {
	return {
		slug,
		name,
		state,
		liveVersion,
		zone,
		versions: versions.map(({ number, publishedAt }) => ({ number, publishedAt: publishedAt.toISOString() }))
	};
}

function triggersOf(versions: readonly ReportVersion[]) {
	return versions.flatMap(({ id, document }) =>
		document.steps.filter(isTriggerStep).map((step) => ({ versionId: id, step: step.id }))
	);
}

/** What came of everybody in `rows`; the newest version says whether there is a goal. */
export function outcomeOf(versions: readonly ReportVersion[], rows: readonly CountRow[]): Outcome {
	const triggers = new Set(triggersOf(versions).map(({ versionId, step }) => `${versionId} ${step}`));
	return {
		whole: wholeJourney(rows, (row) => triggers.has(`${row.versionId} ${row.step}`)),
		hasGoal: versions[0]?.document.settings?.goal !== undefined,
		ended: endSums(versions, rows).reduce((sum, end) => sum + end.count, 0)
	};
}

interface EndSum {
	step: string;
	outcome: string | null;
	count: number;
}

/** How many came to each end of each version; an exit step counts who entered it. */
function endSums(versions: readonly ReportVersion[], rows: readonly CountRow[]): EndSum[] {
	const counts = new Map(rows.map((row) => [`${row.versionId} ${row.step} ${row.measure}`, row.count]));
	return versions.flatMap(({ id, document }) =>
		endsOf(document).map(({ step, outcome }) => ({
			step,
			outcome,
			count: counts.get(`${id} ${step} ${outcome === null ? 'entered' : `left:${outcome}`}`) ?? 0
		}))
	);
}

/** The same end of several versions is one. */
function endCounts(
	versions: readonly ReportVersion[],
	rows: readonly CountRow[],
	steps: readonly ReportStep[]
): EndCount[] {
	const stepById = new Map(steps.map((step) => [step.id, step]));
	const merged = new Map<string, EndCount>();
	for (const end of endSums(versions, rows)) {
		const step = stepById.get(end.step);
		if (!step) continue;
		const key = `${end.step} ${end.outcome}`;
		const known = merged.get(key);
		if (known) known.count += end.count;
		else merged.set(key, { step, outcome: end.outcome, count: end.count });
	}
	return [...merged.values()];
}

/** The share that got there on the version before `number`, over all of its time; null where nobody entered it. */
async function previousShare(app: App, journey: ReportJourney, number: number): Promise<Previous | null> {
	const version = journey.versions.find((each) => each.number < number);
	if (!version) return null;
	const rows = await sumCounts(app.pool, [version.id], { from: null, to: null });
	const { whole, hasGoal, ended } = outcomeOf([version], rows);
	if (whole.entered === 0) return null;
	return { number: version.number, share: (hasGoal ? whole.reached : ended) / whole.entered };
}

async function entriesADay(app: App, versions: readonly ReportVersion[], range: DayRange) {
	const counted = await enteredByDay(app.pool, triggersOf(versions), range);
	const first = counted[0]?.day ?? null;
	const last = counted.at(-1)?.day ?? null;
	const countByDay = new Map(counted.map(({ day, count }) => [day, count]));
	return daysIn({ from: range.from ?? first, to: range.to ?? last }).map((day) => ({
		day,
		count: countByDay.get(day) ?? 0
	}));
}

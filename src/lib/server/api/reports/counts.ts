import { z } from 'zod';
import { procedure } from '../trpc.ts';
import { sumCounts } from './count-rows.ts';
import { isTriggerStep } from './flow.ts';
import { dayRange, reportQuery } from './range.ts';
import { noNumbers, numbersByStep, stepNumbersSchema, wholeJourney } from './step-numbers.ts';
import { chooseVersions, getReportJourney } from './versions.ts';

const output = z.object({
	/** Every step of the versions asked for, also those that nobody visited. */
	steps: z.record(z.string(), stepNumbersSchema),
	whole: stepNumbersSchema,
	/** Published versions, newest first. */
	versions: z.array(z.object({ number: z.number(), publishedAt: z.string() })),
	/** When the counts were read, ISO 8601. */
	at: z.string()
});

/** The numbers of each step of a journey, for the drawing. */
export const countsProcedure = procedure('reports.read')
	.input(reportQuery)
	.output(output)
	.query(async ({ ctx: { app }, input }) => {
		const journey = await getReportJourney(app.pool, input.slug);
		const versions = chooseVersions(journey, input.version);
		const range = dayRange(input, journey.zone, app.clock.now());
		const ids = versions.map((version) => version.id);
		const rows = await sumCounts(app.pool, ids, range);
		const drawn = versions.flatMap((version) => version.document.steps);
		const triggers = new Set(drawn.filter(isTriggerStep).map((step) => step.id));
		return {
			steps: {
				...Object.fromEntries(drawn.map((step) => [step.id, noNumbers()])),
				...Object.fromEntries(numbersByStep(rows))
			},
			whole: wholeJourney(rows, (row) => triggers.has(row.step)),
			versions: journey.versions.map(({ number, publishedAt }) => ({
				number,
				publishedAt: publishedAt.toISOString()
			})),
			at: new Date(app.clock.now()).toISOString()
		};
	});

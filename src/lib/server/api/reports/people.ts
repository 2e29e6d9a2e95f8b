import { z } from 'zod';
import { describeStep, stepNames } from '$lib/journey/index.ts';
import { inAuditedTransaction } from '../../audit/record.ts';
import { ApiError } from '../errors.ts';
import { identitiesOf } from '../../people/find-people.ts';
import { sightOf, type Identity } from '../../people/sight.ts';
import { procedure } from '../trpc.ts';
import { sumCounts } from './count-rows.ts';
import { measureSchema, measureTitle, valueOf, type Measure } from './measures.ts';
import { loadNames, type LoadedNames } from './names.ts';
import { selectBehind, type Behind } from './people-rows.ts';
import { dayRange, reportQuery } from './range.ts';
import { outcomeOf } from './report.ts';
import { noNumbers, numbersByStep } from './step-numbers.ts';
import { targetsOf } from './targets.ts';
import { chooseVersions, getReportJourney, type ReportVersion } from './versions.ts';
import { messageStateInWords, outcomeInWords, reasonWords, sentence, stateInWords } from './words.ts';

const PAGE = 50;

const cursorSchema = z.string().regex(/^\d{1,15}(\.\d{1,15}){0,2}$/);

const input = reportQuery.extend({
	/** A step's id; without it the number is the whole journey's. */
	step: z.string().max(64).optional(),
	measure: measureSchema,
	/** `next` of the page before. */
	cursor: cursorSchema.optional()
});

const output = z.object({
	journey: z.object({ slug: z.string(), name: z.string(), zone: z.string() }),
	/** What the list is, such as "Opened the message". */
	title: z.string(),
	/** The step it is about. */
	stepTitle: z.string().nullable(),
	/** The report's number: how many the whole list holds. */
	total: z.number(),
	rows: z.array(
		z.object({
			contactId: z.number(),
			name: z.string(),
			/** False where the person was deleted since. */
			isHere: z.boolean(),
			email: z.string().nullable(),
			at: z.string(),
			stepTitle: z.string(),
			/** What came of it, in words. */
			result: z.string()
		})
	),
	next: z.string().nullable()
});

/** The people behind a number of the report. As many rows as the number says; somebody who came twice is there twice. */
export const peopleProcedure = procedure('reports.read')
	.input(input)
	.output(output)
	.query(async ({ ctx, input: query }) => {
		const { app, actor } = ctx;
		const journey = await getReportJourney(app.pool, query.slug);
		const versions = chooseVersions(journey, query.version);
		const step = query.step ?? null;
		if (step !== null && !versions.some(({ document }) => document.steps.some(({ id }) => id === step)))
			throw new ApiError('not-found', 'This journey has no such step.', { path: '/step' });
		const range = dayRange(query, journey.zone, app.clock.now());
		const rows = await selectBehind(
			app.pool,
			query.measure,
			targetsOf(versions, query.measure, step, range),
			{
				after: query.cursor?.split('.').map(Number) ?? null,
				limit: PAGE + 1
			}
		);
		const counts = await sumCounts(
			app.pool,
			versions.map(({ id }) => id),
			range
		);
		const titleOf = stepTitles(versions, await loadNames(app.pool));
		const shown = rows.slice(0, PAGE);
		const sight = sightOf(actor);
		const people = await identitiesOf(
			app,
			sight,
			shown.map((row) => row.contactId)
		);
		if (sight.identifies && people.size > 0)
			await inAuditedTransaction(app.pool, async (_, audit) =>
				audit(
					ctx.entry({
						action: 'contact.read',
						subject: { kind: 'contact', ids: [...people.keys()].map(String) },
						fields: ['publicId', 'name', 'email'],
						details: { journey: journey.slug }
					})
				)
			);
		return {
			journey: { slug: journey.slug, name: journey.name, zone: journey.zone },
			title: measureTitle(query.measure, step === null),
			stepTitle: step === null ? null : titleOf(step),
			total: totalOf(query.measure, step, versions, counts),
			rows: shown.map((row) => ({
				contactId: row.contactId,
				name: nameOf(people.get(row.contactId)),
				isHere: people.has(row.contactId),
				email: people.get(row.contactId)?.email ?? null,
				at: row.at.toISOString(),
				stepTitle: titleOf(row.step),
				result: resultOf(query.measure, row)
			})),
			next: rows.length > PAGE ? (shown.at(-1)?.position.join('.') ?? null) : null
		};
	});

function nameOf(person: Identity | null | undefined): string {
	if (person === undefined) return 'Deleted person';
	return person ? (person.name ?? person.publicId) : 'A person who can’t be read';
}

function stepTitles(versions: readonly ReportVersion[], names: LoadedNames): (id: string) => string {
	const titleById = new Map<string, string>();
	for (const { document } of versions.toReversed()) {
		const allNames = { ...names, step: stepNames(document, names) };
		for (const step of document.steps) titleById.set(step.id, describeStep(step, allNames).title);
	}
	return (id) => titleById.get(id) ?? id;
}

function totalOf(
	measure: Measure,
	step: string | null,
	versions: readonly ReportVersion[],
	counts: Parameters<typeof numbersByStep>[0]
): number {
	const outcome = outcomeOf(versions, counts);
	const numbers = step === null ? outcome.whole : (numbersByStep(counts).get(step) ?? noNumbers());
	return valueOf(measure, numbers) ?? outcome.ended;
}

/** What came of one row: how the visit was left, the state of the message, or why the entry was refused. */
export function resultOf(measure: Measure, row: Pick<Behind, 'outcome' | 'state' | 'reason'>): string {
	const why = row.reason === null ? '' : `: ${reasonWords(row.reason)}`;
	if (measure.of === 'refusals') return `Turned away${why}`;
	if (measure.of === 'messages') return `${messageStateInWords(row.state ?? '')}${why}`;
	if (row.state !== null) return `${stateInWords(row.state)}${why}`;
	return row.outcome === null
		? 'Still here, or ended here'
		: `${sentence(outcomeInWords(row.outcome))}${why}`;
}

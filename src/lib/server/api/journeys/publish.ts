import { z } from 'zod';
import type { Diagnostic } from '$lib/journey/index.ts';
import { publishJourney } from '../../journeys/publish.ts';
import { procedure } from '../trpc.ts';
import { shownTrip } from './trip.ts';

const input = z.object({
	slug: z.string(),
	/** The draft that the person looked at; left out, the newest. */
	revision: z.number().int().optional(),
	/** What becomes of those inside older versions; left out, they finish there. */
	people: z
		.discriminatedUnion('choice', [
			z.object({ choice: z.literal('finish') }),
			z.object({
				choice: z.literal('move'),
				/** For each step that is gone, where the people there go. */
				mapping: z.record(z.string(), z.union([z.strictObject({ step: z.string() }), z.literal('exit')]))
			})
		])
		.optional()
});

const output = z.object({
	versionId: z.number(),
	number: z.number(),
	people: z.discriminatedUnion('choice', [
		z.object({ choice: z.literal('finish'), inside: z.number() }),
		z.object({
			choice: z.literal('move'),
			stayed: z.number(),
			moved: z.number(),
			ended: z.number(),
			stopped: z.number()
		})
	]),
	/** Where the breaker paused the journey, why: it still holds it, until somebody resumes it. */
	trip: shownTrip.nullable(),
	diagnostics: z.array(z.custom<Diagnostic>())
});

/** Makes the draft the live version; a journey that the breaker holds stays paused. Answers `publish.refused` with the diagnostics when it has errors. */
export const publishProcedure = procedure('journeys.publish')
	.input(input)
	.output(output)
	.mutation(({ ctx: { app, actor, entry }, input: { slug, revision, people } }) =>
		publishJourney(app, slug, actor.kind === 'user' ? actor.id : null, { revision, people, entry })
	);

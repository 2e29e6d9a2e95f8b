import { z } from 'zod';
import type { Diagnostic } from '$lib/journey/index.ts';
import { publishJourney } from '../../journeys/publish.ts';
import { procedure } from '../trpc.ts';

const input = z.object({
	slug: z.string(),
	/** The draft that the person looked at; left out, the newest. */
	revision: z.number().int().optional()
});

const output = z.object({
	versionId: z.number(),
	number: z.number(),
	diagnostics: z.array(z.custom<Diagnostic>())
});

/** Makes the draft the live version. Answers `publish.refused` with the diagnostics when it has errors. */
export const publishProcedure = procedure('journeys.publish')
	.input(input)
	.output(output)
	.mutation(({ ctx, input: { slug, revision } }) =>
		publishJourney(ctx.app, slug, ctx.actor.kind === 'user' ? ctx.actor.id : null, revision, ctx.entry)
	);

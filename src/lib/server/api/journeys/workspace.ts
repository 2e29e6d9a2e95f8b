import { z } from 'zod';
import type { Workspace } from '$lib/journey/index.ts';
import { listEventNames, loadWorkspace } from '../../journeys/workspace.ts';
import { listTeam } from '../../tasks/doer.ts';
import { procedure } from '../trpc.ts';

const output = z.object({
	workspace: z.custom<Workspace>(),
	/** Names to offer where an event is asked for. */
	eventNames: z.array(z.string()),
	/** Where integrators call. */
	publicUrl: z.string(),
	/** Whom a step can ask. */
	team: z.array(z.object({ name: z.string(), email: z.string() }))
});

/** What the editor needs beside the journey: it compiles in the browser with the same workspace as the server. */
export const workspaceProcedure = procedure('journeys.read')
	.output(output)
	.query(async ({ ctx }) => ({
		workspace: await loadWorkspace(ctx.app.pool),
		eventNames: await listEventNames(ctx.app.pool),
		publicUrl: ctx.app.publicUrl,
		team: (await listTeam(ctx.app.pool)).map(({ name, email }) => ({ name, email }))
	}));

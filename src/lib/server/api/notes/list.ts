import { z } from 'zod';
import { listNotices } from '../../people/notices.ts';
import { procedure } from '../trpc.ts';
import { noteSchema } from './note-schema.ts';

/** The newest notes that journeys left for whoever is signed in, without their words. */
export const listProcedure = procedure('contacts.show')
	.output(z.array(noteSchema))
	.query(({ ctx: { app, actor } }) => (actor.kind === 'user' ? listNotices(app.pool, actor.id) : []));

import { z } from 'zod';
import { labelOf } from '../../ingest/attribute-type.ts';
import { procedure } from '../trpc.ts';
import { getContact, getEvent, listAttributes } from './contact-rows.ts';
import { valueInWords } from './value-words.ts';

const input = z.object({
	id: z.number().int().positive(),
	/** An event's id, to see its properties; without it the attributes are shown. */
	event: z.number().int().positive().optional()
});

const output = z.array(z.object({ key: z.string(), label: z.string(), value: z.string() }));

/** Shows health information on purpose, and records who saw what of whom; never the values. */
export const showProcedure = procedure('contacts.read')
	.input(input)
	.output(output)
	.mutation(async ({ ctx: { app, actor }, input: { id, event } }) => {
		const { attributes, zone } = await getContact(app.pool, id);
		const values = event === undefined ? attributes : (await getEvent(app.pool, id, event)).properties;
		const known = event === undefined ? await listAttributes(app.pool) : [];
		const labelByKey = new Map(known.map(({ key, label }) => [key, label]));
		const shown = Object.entries(values).map(([key, value]) => ({
			key,
			label: labelByKey.get(key) ?? labelOf(key),
			value: valueInWords(value, zone)
		}));
		app.log.info({ actor: actor.id, contact: id, event, keys: shown.map(({ key }) => key) }, 'phi.read');
		return shown;
	});

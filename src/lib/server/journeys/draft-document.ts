/**
 * The shape a draft must have to be kept. A draft may be unfinished, so the config of a step is any object here; what is
 * still wrong with it is the compiler's to say. Unknown kinds, unknown keys and oversize documents are refused at the door.
 */
import { z } from 'zod';
import { kinds, type StepKind } from '$lib/journey/index.ts';

const MAX_BYTES = 1024 * 1024;
const MAX_STEPS = 2000;
const MAX_EDGES = 4000;

const identifier = z
	.string()
	.regex(/^[a-z][a-z0-9-]{0,63}$/, 'Small letters, digits and dashes, starting with a letter.');

const stepSchema = z.strictObject({
	id: identifier,
	kind: z.custom<StepKind>(
		(kind) => typeof kind === 'string' && Object.hasOwn(kinds, kind),
		'There is no such kind of step.'
	),
	label: z.string().max(200).optional(),
	config: z.record(z.string(), z.unknown()),
	position: z.strictObject({ x: z.number(), y: z.number() }).optional(),
	maxVisits: z.number().optional(),
	disabled: z.boolean().optional()
});

const edgeSchema = z.strictObject({ from: identifier, outcome: z.string().max(64), to: identifier });

/** A document as the editor keeps it, complete or not. At most 2,000 steps, 4,000 edges and 1 MiB. */
export const draftSchema = z
	.strictObject({
		format: z.literal('stepwell.journey/1'),
		name: z.string().trim().min(1, 'A journey needs a name.').max(200),
		settings: z.record(z.string(), z.unknown()).default({}),
		steps: z.array(stepSchema).max(MAX_STEPS, 'A journey has at most 2,000 steps.'),
		edges: z.array(edgeSchema).max(MAX_EDGES, 'A journey has at most 4,000 edges.')
	})
	.refine((draft) => Buffer.byteLength(JSON.stringify(draft)) <= MAX_BYTES, 'A journey is at most 1 MiB.');

export type Draft = z.infer<typeof draftSchema>;
/** The same before its settings are filled in. */
export type DraftInput = z.input<typeof draftSchema>;

/** An empty journey: a name, and nobody enters it yet. */
export function emptyDraft(name: string): Draft {
	return { format: 'stepwell.journey/1', name, settings: {}, steps: [], edges: [] };
}

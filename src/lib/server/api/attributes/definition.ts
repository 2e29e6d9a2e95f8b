/** What a definition of an attribute is in a call, and what follows from one. */
import { z } from 'zod';
import type { App } from '../../app.ts';
import { retag } from '../../people/retag.ts';
import { ATTRIBUTE_TAGS, SENSITIVE_KINDS } from '../../people/registry.ts';

export const typeSchema = z.enum(['text', 'number', 'boolean', 'date', 'datetime', 'list']);

const fields = z.object({
	key: z
		.string()
		.regex(
			/^[A-Za-z][A-Za-z0-9_]{0,63}$/,
			'A key is one word of letters, digits and underscores, and begins with a letter.'
		),
	label: z.string().trim().min(1, 'Write a label.').max(80),
	type: typeSchema,
	tag: z.enum(ATTRIBUTE_TAGS),
	/** Which further law protects it; for the tag `sensitive`, and only for that. */
	sensitiveKind: z.enum(SENSITIVE_KINDS).nullable().default(null)
});

export const definitionInput = fields.refine(
	({ tag, sensitiveKind }) => (tag === 'sensitive') === (sensitiveKind !== null),
	{ path: ['sensitiveKind'], message: 'Say which kind of protection it has.' }
);

/** `moved` is false where values are still being moved to where the tag says. */
export const definitionOutput = z.object({ moved: z.boolean() });

// A page of the walk takes 30 ms, so most workspaces are done by then.
const WAITED_MS = 3000;

/** Moves the values of an attribute that was tagged anew, and waits for a few seconds; the rest goes on by itself. */
export async function moveValues(app: App, key: string): Promise<{ moved: boolean }> {
	const walk = retag(app, key).then(
		() => true,
		(error: unknown) => {
			// It stays marked, and the next start goes on with it.
			app.log.error(
				{ key, error: error instanceof Error ? error.name : typeof error },
				'A retagging failed.'
			);
			return false;
		}
	);
	let timer: NodeJS.Timeout | undefined;
	const patience = new Promise<boolean>((done) => {
		timer = setTimeout(() => done(false), WAITED_MS);
	});
	const moved = await Promise.race([walk, patience]);
	clearTimeout(timer);
	return { moved };
}

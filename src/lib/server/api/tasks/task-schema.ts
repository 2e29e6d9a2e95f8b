/** How a task is named in calls, and how one is told. */
import { z } from 'zod';
import { TASK_KINDS } from '../../tasks/kind.ts';
import { identitySchema } from '../contacts/identity.ts';

/** A kind, and the number or the name of what it is about. */
export const taskInput = z.object({ kind: z.enum(TASK_KINDS), key: z.string().min(1).max(200) });

const instant = z.string();

export const taskSchema = z.object({
	kind: z.enum(TASK_KINDS),
	key: z.string(),
	/** What it is about, in a few words. */
	title: z.string(),
	/** Null where it is about nobody; `identity` is null where it can't be opened. */
	person: z.object({ id: z.number(), identity: identitySchema.nullable() }).nullable(),
	journey: z.object({ slug: z.string(), name: z.string() }).nullable(),
	since: instant,
	/** When it is over by itself. */
	until: instant.nullable(),
	/** By when somebody wants it done. */
	dueAt: instant.nullable(),
	isLate: z.boolean(),
	assignee: z.object({ id: z.number(), name: z.string() }).nullable(),
	/** Who may be given it. */
	candidates: z.array(z.number()),
	/** What is asked; dots stand for what is covered. */
	question: z.object({ text: z.string(), covered: z.boolean(), showable: z.boolean() }).nullable(),
	/** Why it came to this, in words. */
	reason: z.string().nullable(),
	retryable: z.boolean(),
	/** Whose emergency access it is about, by user id, and until when it lasts or lasted. */
	emergency: z.object({ user: z.number(), endsAt: instant }).nullable(),
	/** The hand-overs that were tried. */
	attempts: z.array(
		z.object({
			at: instant,
			endedAt: instant.nullable(),
			outcome: z.string().nullable(),
			answer: z.string().nullable()
		})
	)
});
export type TaskTold = z.infer<typeof taskSchema>;

/** Gives a task to somebody of the team, and a time by which it should be done. */
import { afterAnswer } from '../after-answer.ts';
import { ApiError } from '../api/errors.ts';
import type { App } from '../app.ts';
import type { MakeEntry } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import { tellAssignee } from './assigned-letter.ts';
import { doerOf, listTeam, mayDo, type Doer } from './doer.ts';
import { writeNote, type TaskRef } from './notes.ts';
import { findOpenTask } from './open.ts';

/** Whoever is new to it is told by mail. Throws ApiError `task.over` where it is open no more, and `input.invalid` for whom may not do it. */
export async function assignTask(
	app: App,
	doer: Doer,
	task: TaskRef,
	note: { assignedTo: number | null; dueAt: Date | null },
	entry: MakeEntry
): Promise<void> {
	const before = await inAuditedTransaction(app.pool, async (tx, audit) => {
		const open = await findOpenTask(tx, doer, task);
		if (!open) throw new ApiError('task.over', 'Somebody has done this already.');
		if (note.assignedTo !== null) {
			const member = (await listTeam(tx)).find(({ id }) => id === note.assignedTo);
			if (!member || !mayDo(doerOf(member), open))
				throw new ApiError('input.invalid', `${member?.name ?? 'This person'} can’t do this task.`, {
					path: '/assignedTo'
				});
		}
		await writeNote(tx, task, note);
		const subject = { kind: 'task', ids: [`${task.kind}:${task.key}`] };
		audit(entry({ action: 'task.assign', subject, details: { to: note.assignedTo ?? 0 } }));
		return open.assignedTo;
	});
	const to = note.assignedTo;
	if (to === null || to === before || to === doer.actor.id) return;
	const facts = { kind: task.kind, to, by: doer.actor.name, dueAt: note.dueAt };
	afterAnswer(app, 'word of a task', () => tellAssignee(app, facts));
}

/** Who looks after a task, and by when it should be done. */
import type { Tx } from '../db/db.ts';
import type { TaskKindName } from './kind.ts';

export interface TaskRef {
	kind: TaskKindName;
	key: string;
}

export async function writeNote(
	tx: Tx,
	{ kind, key }: TaskRef,
	note: { assignedTo: number | null; dueAt: Date | null }
): Promise<void> {
	await tx.query(
		`insert into task_notes (kind, key, assigned_to, due_at) values ($1, $2, $3, $4)
		on conflict (kind, key) do update set assigned_to = excluded.assigned_to, due_at = excluded.due_at`,
		[kind, key, note.assignedTo, note.dueAt]
	);
}

/** Once the task is done. */
export async function removeNote(tx: Tx, { kind, key }: TaskRef): Promise<void> {
	await tx.query('delete from task_notes where kind = $1 and key = $2', [kind, key]);
}

/** The same for several of a kind. */
export async function removeNotes(tx: Tx, kind: TaskKindName, keys: readonly string[]): Promise<void> {
	await tx.query('delete from task_notes where kind = $1 and key = any($2)', [kind, keys]);
}

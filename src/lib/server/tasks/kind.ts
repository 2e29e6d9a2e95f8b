/** What a kind of task is. Each has a file in `kinds/`; `index.ts` there lists them. */
import type { Permission } from '../auth/permissions.ts';

export const TASK_KINDS = [
	'emergency',
	'approval',
	'failed-enrollment',
	'unknown-message',
	'quarantined-attribute'
] as const;
export type TaskKindName = (typeof TASK_KINDS)[number];

export interface TaskKind {
	kind: TaskKindName;
	/** Who may do such a task; null where each task names who. */
	needs: Permission | null;
	/**
	 * A SELECT of the open ones, straight from the facts: `key` (text), `contact_id`, `version_id` and `step` (null where it is
	 * about none), `since`, `until` (when it is over by itself), `decides` (who is named, or null) and `detail` (jsonb).
	 */
	open: string;
}

/** What only some kinds have to tell. */
export interface TaskDetail {
	/** Why an enrollment failed, or a message is held. */
	reason?: string | null;
	/** Whether a failed enrollment can be tried again. */
	retryable?: boolean;
	/** Hand-overs tried, the evidence of a held message. */
	attempts?: { at: string; endedAt: string | null; outcome: string | null; answer: string | null }[];
	/** What an attribute is called, or who had emergency access. */
	label?: string;
	/** Whose emergency access it was, and until when. */
	emergency?: { user: number; endsAt: string };
}

/** One open task. */
export interface OpenTask {
	kind: TaskKindName;
	key: string;
	contactId: number | null;
	versionId: number | null;
	step: string | null;
	since: Date;
	until: Date | null;
	decides: string[] | null;
	detail: TaskDetail | null;
	assignedTo: number | null;
	/** By when somebody wants it done. */
	dueAt: Date | null;
}

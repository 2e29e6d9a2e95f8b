/** Who does tasks: a person of the team, with the names by which a step can ask for them. */
import { can, type Actor, type Role } from '../auth/permissions.ts';
import type { Db } from '../db/db.ts';
import type { OpenTask, TaskKind } from './kind.ts';
import { taskKinds } from './kinds/index.ts';

export interface Doer {
	actor: Extract<Actor, { kind: 'user' }>;
	/** Role, address and name, in small letters. */
	names: readonly string[];
}

export interface Member {
	id: number;
	name: string;
	email: string;
	role: Role;
}

/** Everybody of the team who can come in, by name. */
export async function listTeam(db: Db): Promise<Member[]> {
	const { rows } = await db.query<Member>(
		'select id, name, email, role from users where deactivated_at is null order by name, id'
	);
	return rows;
}

export function doerOf({ id, name, email, role }: Member): Doer {
	return { actor: { kind: 'user', id, name, role }, names: [role, email, name].map(fold) };
}

/** The doer that a caller is; null for a program, which does no tasks. */
export async function findDoer(db: Db, actor: Actor): Promise<Doer | null> {
	if (actor.kind !== 'user') return null;
	const { rows } = await db.query<{ email: string }>('select email from users where id = $1', [actor.id]);
	return doerOf({ ...actor, email: rows[0]?.email ?? '' });
}

/** The kinds of which a doer may do any task at all. */
export function kindsFor({ actor }: Doer): TaskKind[] {
	return taskKinds.filter(({ needs }) => needs === null || can(actor, needs));
}

/** Whether somebody may do a task: by a permission, or because it names them. An owner always may. */
export function mayDo(doer: Doer, { kind, decides }: Pick<OpenTask, 'kind' | 'decides'>): boolean {
	if (!kindsFor(doer).some((each) => each.kind === kind)) return false;
	const named = decides?.some((name) => doer.names.includes(fold(name))) ?? true;
	return named || doer.actor.role === 'owner';
}

function fold(name: string): string {
	return name.trim().toLowerCase();
}

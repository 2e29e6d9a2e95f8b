/** People of the team who do tasks, each calling procedures in process. */
import { callerFor } from '../../src/lib/server/api/router.ts';
import type { App } from '../../src/lib/server/app.ts';
import type { Role } from '../../src/lib/server/auth/permissions.ts';

export interface TeamMember {
	id: number;
	name: string;
	api: ReturnType<typeof callerFor>;
}

/** Makes a member called like `name`, with the address `name@clinic.example`. */
export async function addMember(app: App, name: string, role: Role): Promise<TeamMember> {
	const { rows } = await app.pool.query<{ id: number }>(
		`insert into users (email, name, password_hash, role) values ($1, $2, 'x', $3) returning id`,
		[`${name.toLowerCase()}@clinic.example`, name, role]
	);
	const id = rows[0]?.id ?? 0;
	const api = callerFor({
		app,
		actor: { kind: 'user', id, name, role, provedAt: Infinity },
		call: { ip: '192.0.2.7', requestId: 'r' }
	});
	return { id, name, api };
}

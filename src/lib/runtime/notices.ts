/**
 * Notes to the team, written in the batch's transaction: one for each of those named, once for each visit. What a note says is
 * about a person, so it stays in Stepwell; the mail only tells that it is there (`notice-sender.ts`).
 */
import type { Effect } from '$lib/journey/index.ts';
import type { Tx } from '$lib/server/db/db.ts';
import { sealNotice } from '$lib/server/people/outgoing.ts';
import { drawIds } from './calls.ts';
import type { Move } from './move.ts';

type NotifyEffect = Extract<Effect, { kind: 'notify' }>;

const WRITE = `insert into notices (id, enrollment_id, version_id, step, arrival, contact_id, recipient, user_id, visit_at, sealed, state, reason, decided_at)
	select * from unnest($1::bigint[], $2::bigint[], $3::int[], $4::text[], $5::int[], $6::bigint[], $7::text[], $8::int[], $9::timestamptz[],
		$10::bytea[], $11::text[], $12::text[], $13::timestamptz[])
	on conflict (enrollment_id, step, arrival, recipient) do nothing`;

interface Note {
	move: Move;
	effect: NotifyEffect;
	recipient: Recipient;
}

interface Recipient {
	/** An address in small letters; what was written where nobody is meant by it. */
	address: string;
	userId: number | null;
	/** Somebody who may not come in any more. */
	isGone?: boolean;
}

/** Whether a move tells the team. */
export function tellsTeam(move: Move): boolean {
	return move.result.effects.some((effect) => effect.kind === 'notify');
}

export async function writeNotices(tx: Tx, moves: readonly Move[]): Promise<void> {
	const asked = moves.flatMap((move) =>
		move.result.effects.flatMap((effect) => (effect.kind === 'notify' ? [{ move, effect }] : []))
	);
	if (!asked.length) return;
	const team = await loadTeam(
		tx,
		asked.flatMap(({ effect }) => effect.to)
	);
	const notes = asked.flatMap(({ move, effect }) =>
		recipientsOf(team, effect.to).map((recipient): Note => ({ move, effect, recipient }))
	);
	const ids = await drawIds(tx, 'notices', notes.length);
	const column = <T>(of: (note: Note, at: number) => T) => notes.map(of);
	await tx.query(WRITE, [
		ids,
		column(({ move }) => move.claimed.id),
		column(({ move }) => move.version.versionId),
		column(({ effect }) => effect.step),
		column(({ effect }) => effect.arrival),
		column(({ move }) => move.claimed.contactId),
		column(({ recipient }) => recipient.address),
		column(({ recipient }) => recipient.userId),
		column(({ move }) => new Date(move.at)),
		column((note, at) => sealed(ids[at] ?? 0, note)),
		column(({ recipient }) => (isReached(recipient) ? 'queued' : 'failed')),
		column(({ recipient }) => (isReached(recipient) ? null : 'nobody-of-that-name')),
		column(({ recipient, move }) => (isReached(recipient) ? null : new Date(move.at)))
	]);
}

function isReached({ address, isGone }: Recipient): boolean {
	return address.includes('@') && !isGone;
}

function sealed(id: number, { move, effect }: Note): Buffer {
	const { keys, contactId } = move.claimed;
	return sealNotice(keys.get(contactId), id, effect.message);
}

type Team = { id: number; email: string; name: string; isGone: boolean }[];

async function loadTeam(tx: Tx, named: readonly string[]): Promise<Team> {
	const { rows } = await tx.query<Team[number]>(
		`select id, lower(email) as email, lower(name) as name, deactivated_at is not null as "isGone"
		from users where lower(email) = any($1) or lower(name) = any($1) order by id`,
		[named.map(plain)]
	);
	return rows;
}

/** Everybody once; a name that two people have means both. Whoever was deactivated is told nothing, also by their address. */
function recipientsOf(team: Team, to: readonly string[]): Recipient[] {
	const found = to.map(plain).flatMap((word): Recipient[] => {
		const known = team.filter(({ email, name }) => email === word || name === word);
		const meant = known.filter(({ isGone }) => !isGone);
		return meant.length
			? meant.map(({ email, id }) => ({ address: email, userId: id }))
			: [{ address: word, userId: null, isGone: known.length > 0 }];
	});
	return [...new Map(found.map((each) => [each.address, each])).values()];
}

function plain(word: string): string {
	return word.trim().toLowerCase();
}

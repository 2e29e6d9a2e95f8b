// What must hold after every scene.
import { isDeepStrictEqual } from 'node:util';
import { messageIdOf } from '$lib/server/mail/transport.ts';
import { readEnrollments } from '$lib/runtime/rehearse/read-enrollments.ts';
import { rehearse } from '$lib/journey/rehearse/rehearse.ts';
import { parseScenario } from '$lib/journey/rehearse/scenario.ts';
import type { TraceEnrollment } from '$lib/journey/rehearse/trace.ts';
import { findContradictions } from '../../tests/support/audit.ts';
import type { Clinic } from '../../tests/support/journey.ts';
import { FROM, type Sink } from './sink.ts';

// Who waits for a hand-over has its message as a future, also one that is held for a person.
const WITHOUT_FUTURE = `enrollments e where ended_at is null and due_at is null and not exists (
	select 1 from event_waits w where w.enrollment_id = e.id) and not exists (
	select 1 from messages m where m.enrollment_id = e.id and m.state in ('queued', 'sending', 'unknown'))`;

/** No open enrollment without a future, and counts, paths, messages and waits that tell one story. */
export async function judgeStory(clinic: Clinic): Promise<string[]> {
	const problems = (await findContradictions(clinic.pool)).map(
		({ what, rows }) => `${what}: ${JSON.stringify(rows.slice(0, 3))}`
	);
	const stuck = await clinic.count(WITHOUT_FUTURE);
	return stuck ? [...problems, `${stuck} open enrollments without a future`] : problems;
}

/** No message twice at the mail server, each sent one once, and none that was never handed over. */
export async function judgeMail(clinic: Clinic, { times }: Sink): Promise<string[]> {
	const messages = await clinic.rows<{ id: number; state: string }>('select id, state from messages');
	const stateOf = new Map(messages.map(({ id, state }) => [messageIdOf(clinic.app.secret, id, FROM), state]));
	const twice = [...times.values()].filter((count) => count > 1).length;
	const missing = [...stateOf].filter(([id, state]) => state === 'sent' && !times.has(id)).length;
	const unasked = [...times.keys()].filter(
		(id) => !['sent', 'unknown'].includes(stateOf.get(id) ?? '')
	).length;
	return [
		...(twice ? [`${twice} messages twice at the mail server`] : []),
		...(missing ? [`${missing} sent messages that the mail server never had`] : []),
		...(unasked ? [`${unasked} mails at the mail server that are neither sent nor unknown`] : [])
	];
}

/** The scenario of what a scene did, for memory to play. */
export interface Played {
	journeys: { slug: string; document: unknown }[];
	contacts: { id: string; [key: string]: unknown }[];
	events: { at: string; name: string; contact?: string }[];
	until: string;
	[key: string]: unknown;
}

export const START = '2026-03-02T12:00:00Z';

/** Everybody, without those `broken` on purpose, went the way that memory rehearses: the same steps and outcomes, whenever. */
export async function judgePaths(
	clinic: Clinic,
	played: Played,
	broken: readonly string[] = []
): Promise<string[]> {
	const templates = [{ slug: 'hello', channel: 'email', text: 'Hello.' }];
	const { scenario, faults } = parseScenario({
		format: 'stepwell.scenario/1',
		start: START,
		templates,
		...played
	});
	if (!scenario) return [`no scenario: ${JSON.stringify(faults.slice(0, 3))}`];
	const nameOf = new Map([...clinic.ids].map(([name, id]) => [id, name]));
	const placed = await readEnrollments(clinic.pool, (id) => nameOf.get(id) ?? '');
	const isWhole = ({ contact }: TraceEnrollment) => !broken.includes(contact);
	const real = waysOf(placed.map(({ printed }) => printed).filter(isWhole));
	const inMemory = waysOf(rehearse(scenario).trace.enrollments.filter(isWhole));
	if (isDeepStrictEqual(real, inMemory)) return [];
	const odd = [...new Set([...real.keys(), ...inMemory.keys()])].filter(
		(key) => !isDeepStrictEqual(real.get(key), inMemory.get(key))
	);
	const [first = ''] = odd;
	return [
		`${odd.length} paths other than rehearsed, such as ${first}: ${JSON.stringify(real.get(first))} in place of ${JSON.stringify(inMemory.get(first))}`
	];
}

function waysOf(enrollments: TraceEnrollment[]): Map<string, string[]> {
	const ways = Map.groupBy(enrollments, ({ journey, contact }) => `${contact} in ${journey}`);
	return new Map([...ways].map(([key, each]) => [key, each.map(wayOf).toSorted()]));
}

function wayOf({ state, reason, visits }: TraceEnrollment): string {
	const steps = visits.map(({ step, outcome }) => `${step}:${outcome ?? ''}`);
	return [state, reason ?? '', ...steps].join(' ');
}

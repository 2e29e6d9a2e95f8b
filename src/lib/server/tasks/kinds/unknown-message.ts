import type { TaskKind } from '../kind.ts';

/** A message that is held, since nobody knows whether it was sent. */
export const unknownMessageKind: TaskKind = {
	kind: 'unknown-message',
	needs: 'journeys.publish',
	open: `select m.id::text as key, m.contact_id, m.version_id, m.step, coalesce(m.decided_at, m.visit_at) as since,
		null::timestamptz as until, null::text[] as decides, jsonb_build_object('reason', m.reason, 'attempts', (
			select coalesce(jsonb_agg(jsonb_build_object('at', a.started_at, 'endedAt', a.ended_at, 'outcome', a.outcome, 'answer', a.response)
				order by a.attempt), '[]') from message_attempts a where a.message_id = m.id)) as detail
		from messages m join contacts c on c.id = m.contact_id where m.state = 'unknown'`
};

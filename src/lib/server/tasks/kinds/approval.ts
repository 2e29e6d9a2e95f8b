import { APPROVAL_ANSWERED } from '$lib/runtime/approvals.ts';
import type { TaskKind } from '../kind.ts';

/** A question of a `wait.approval`. While its journey is paused nobody is asked. */
export const approvalKind: TaskKind = {
	kind: 'approval',
	needs: null,
	open: `select a.id::text as key, a.contact_id, e.version_id, a.step, a.asked_at as since, e.due_at as until, a.decides, null::jsonb as detail
		from event_waits w join enrollments e on e.id = w.enrollment_id join journeys j on j.id = e.journey_id
		join approvals a on a.enrollment_id = w.enrollment_id and a.step = w.step and a.arrival = visits_of(e.visited, w.step)
		where w.event = '${APPROVAL_ANSWERED}' and j.state = 'live' and a.answered_at is null`
};

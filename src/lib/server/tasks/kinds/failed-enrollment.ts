import type { TaskKind } from '../kind.ts';

/** Somebody who got stuck in a journey because of an error. */
export const failedEnrollmentKind: TaskKind = {
	kind: 'failed-enrollment',
	needs: 'journeys.publish',
	open: `select f.enrollment_id::text as key, f.contact_id, e.version_id, e.step, f.failed_at as since, null::timestamptz as until,
		null::text[] as decides, jsonb_build_object('reason', e.reason, 'retryable', f.was is not null) as detail
		from failures f join enrollments e on e.id = f.enrollment_id join contacts c on c.id = f.contact_id
		join journeys j on j.id = e.journey_id where e.state = 'failed' and j.state <> 'archived'`
};

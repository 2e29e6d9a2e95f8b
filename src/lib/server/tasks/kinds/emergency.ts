import type { TaskKind } from '../kind.ts';

/** Emergency access that nobody has looked at yet. */
export const emergencyKind: TaskKind = {
	kind: 'emergency',
	needs: 'emergency.review',
	open: `select e.id::text as key, null::bigint as contact_id, null::int as version_id, null::text as step, e.began_at as since,
		null::timestamptz as until, null::text[] as decides,
		jsonb_build_object('label', u.name, 'emergency', jsonb_build_object('user', u.id, 'endsAt', e.ends_at)) as detail
		from emergencies e join users u on u.id = e.user_id where e.reviewed_at is null`
};

import type { TaskKind } from '../kind.ts';

/** An attribute that came in and that nobody has defined: it is hidden, and no journey can read it. */
export const quarantinedAttributeKind: TaskKind = {
	kind: 'quarantined-attribute',
	needs: 'attributes.manage',
	open: `select key, null::bigint as contact_id, null::int as version_id, null::text as step, created_at as since,
		null::timestamptz as until, null::text[] as decides, jsonb_build_object('label', label) as detail
		from attributes where defined_at is null`
};

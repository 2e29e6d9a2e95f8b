/** The page's filter in its address, and in the form that exports. */
import type { AuditFilterInput } from '$lib/server/api/audit/filter.ts';

type Params = Pick<URLSearchParams, 'get'>;

/** What the fields say; what is empty or no value of its field is left out. */
export function readFilterParams(params: Params): AuditFilterInput {
	const [, kind, id] = /^(user|key|system):(.{1,200})$/.exec(params.get('who') ?? '') ?? [];
	const person = Number(params.get('person'));
	const action = params.get('what') ?? '';
	return {
		...dayIn(params, 'from'),
		...dayIn(params, 'to'),
		...(kind && id && { who: { kind: kind as 'user' | 'key' | 'system', id } }),
		...(action.length > 0 && action.length <= 200 && { action }),
		...(Number.isSafeInteger(person) && person > 0 && { person })
	};
}

function dayIn(params: Params, name: 'from' | 'to') {
	const day = params.get(name) ?? '';
	const isDay = /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day));
	return isDay ? { [name]: day } : {};
}

/** The same fields again, for a link or hidden inputs. */
export function fieldsOf({ from, to, who, action, person }: AuditFilterInput): Record<string, string> {
	return {
		...(from && { from }),
		...(to && { to }),
		...(who && { who: `${who.kind}:${who.id}` }),
		...(action && { what: action }),
		...(person && { person: String(person) })
	};
}

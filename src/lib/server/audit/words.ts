/** An entry as people read it: who, and what in a sentence. */
import { formatCount } from '../../text/format.ts';
import { sentenceOfAction } from './actions.ts';
import type { AuditRecord } from './encode.ts';
import { nameKey, type AuditNames } from './names.ts';

/** Something that an entry is about, with where it is to be found. */
export interface Thing {
	text: string;
	href?: string;
}

/** What was done: `Published the journey “Lab results” as version 3`. */
export function whatOf(entry: AuditRecord, names: AuditNames): string {
	const { action, subjectKind, subjectIds, details } = entry;
	const isAbout = subjectKind !== null && subjectIds.length > 0;
	const sentence = withDetails(sentenceOfAction(action, isAbout), details);
	return sentence.replace('{}', () => subjectOf(subjectKind, subjectIds, names));
}

/** Who did it: `Ann Marketer`, `Lab (API key)`, `Stepwell (sender)`. */
export function whoOf(
	{ actorKind, actorId, actorName }: Pick<AuditRecord, 'actorKind' | 'actorId' | 'actorName'>,
	names: AuditNames
): string {
	if (actorKind === 'system') return `Stepwell (${actorId})`;
	if (actorKind === 'key')
		return `${actorName ?? names.get(nameKey('api-key', actorId)) ?? actorId} (API key)`;
	return actorName ?? names.get(nameKey('user', actorId)) ?? `User ${actorId}`;
}

/** One of the things that an entry is about. A person is a number here, never a name. */
export function thingOf(kind: string, id: string, names: AuditNames): Thing {
	if (kind === 'contact') return { text: `Person ${id}`, href: `/people/${id}` };
	const name = names.get(nameKey(kind, id));
	const text = name === undefined ? id : `“${name}”`;
	if (kind === 'user') return { text: name ?? `User ${id}` };
	if (kind === 'journey') return { text, href: `/journeys/${id}` };
	if (kind === 'template') return { text, href: `/messages/${id}` };
	return { text };
}

function subjectOf(kind: string | null, ids: readonly string[], names: AuditNames): string {
	const [only, ...more] = ids;
	if (kind === null || only === undefined) return kind === 'contact' ? 'nobody' : 'something';
	if (more.length === 0) return thingOf(kind, only, names).text;
	if (kind === 'contact') return formatCount(ids.length, 'person', 'people');
	return `${ids.length} of kind ${kind}`;
}

// A detail that is missing takes the words before it along: "as version {version}".
function withDetails(sentence: string, details: AuditRecord['details']): string {
	return sentence.replace(/ as version \{(\w+)\}/, (words, name: string) => {
		const value = details[name];
		return value === undefined ? '' : words.replace(`{${name}}`, String(value));
	});
}

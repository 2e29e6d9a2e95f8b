/** Single facts about a contact, and what makes them stale. */
import type { Op } from '../../document.ts';
import type { DraftStep } from '../draft.ts';
import { literalsIn, nameOfForm, type Form, type Literal } from './forms.ts';
import type { Segments } from './segments.ts';

export interface Fact {
	form: Form;
	/** What it says; the same for the same facts. */
	name: string;
	/** The step that decided it. */
	from: DraftStep;
	/** What it is about, such as `attribute age`. */
	subjects: readonly string[];
	/** It is about the event that let the contact in, which never changes. */
	isLasting: boolean;
}

/** What a step does to what is known. */
export interface Change {
	/** Anything but the entering event may be another afterwards. */
	takesTime: boolean;
	attributes: readonly string[];
	/** A hand-kept segment that is joined or left. */
	segment: string | null;
	sends: boolean;
}

/** More comparisons in one fact are too many to keep in mind. */
const LARGEST = 64;

export function factsOf(forms: readonly Form[], from: DraftStep): Fact[] {
	return forms.flatMap((form) => {
		const literals = [...literalsIn([form])];
		if (literals.length > LARGEST) return [];
		const subjects = [...new Set(literals.map(({ subject }) => subject))];
		return [{ form, name: nameOfForm(form), from, subjects, isLasting: literals.every(isLasting) }];
	});
}

/** These look at the clock, or at the zone of the contact, who may move. */
const PASSING: readonly Op[] = ['withinLast', 'withinNext', 'anniversaryWithin', 'before', 'after'];

function isLasting({ subject, op }: Literal): boolean {
	return subject.startsWith('trigger ') && !PASSING.includes(op);
}

/** Whether a fact is as true after a change as before. */
export function isKept(fact: Fact, change: Change, segments: Segments): boolean {
	if (fact.isLasting) return true;
	return !change.takesTime && !fact.subjects.some((subject) => isTouched(subject, change, segments));
}

function isTouched(subject: string, change: Change, segments: Segments): boolean {
	const space = subject.indexOf(' ');
	const [kind, name] = [subject.slice(0, space), subject.slice(space + 1)];
	switch (kind) {
		case 'attribute':
			return change.attributes.includes(name);
		case 'message':
			return change.sends;
		case 'segment':
			return isSegmentTouched(name, change, segments);
		default:
			return false;
	}
}

/** Whether a change may put a contact into a segment, or out of it. */
export function isSegmentTouched(slug: string, change: Change, segments: Segments): boolean {
	if (change.segment === slug) return true;
	const asked = segments.asks(slug);
	if (change.segment !== null && asked.segments.has(change.segment)) return true;
	if (change.sends && asked.messages.length > 0) return true;
	return change.attributes.some((key) => asked.attributes.has(key));
}

/** Which events end a silence, for triggers that begin with one (§3). */
import { BEHAVIORS } from './document.ts';
import { isByMachine } from './where/evaluate.ts';
import type { EventFact } from './world.ts';

/** Names of events that tell of something done to the contact, not by them, as one regular expression of both engines. */
export const NOT_THE_CONTACTS_DOING =
	'^(consent\\.|approval\\.|send\\.|journey\\.|api\\.|list\\.unsubscribed$|email\\.(bounced|complained|ignored|delivered|sent)$)';

const notDoing = new RegExp(NOT_THE_CONTACTS_DOING);

/** Whether an event ends the silence of a trigger that waits for `name`; `*` is any business or behaviour event. */
export function endsSilence(name: string, event: EventFact): boolean {
	if (isByMachine(event)) return false;
	if (name !== '*') return name === event.name;
	return BEHAVIORS.some((behavior) => behavior === event.name) || !notDoing.test(event.name);
}

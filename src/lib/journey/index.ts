/** The journey language: pure, and the same in the browser, in rehearsal and in the runtime. */
export * from './document.ts';
export * from './kinds.ts';
export * from './runnable.ts';
export * from './sentence.ts';
export { WEEKDAYS, recurrenceWords } from './time-words.ts';
export { fieldsIn, fieldsOf, frameFields, journeyFields, type Choice, type Field } from './fields.ts';
export type { Control } from './document/words.ts';
export { upgrade, type Upgrade } from './upgrade.ts';
export {
	addDuration,
	subtractDuration,
	durationOf,
	formatDuration,
	parseDurationParts,
	roughLength,
	type DurationParts,
	type DurationUnit
} from './duration.ts';
export { firstZone, isZone, toInstant, toLocal } from './zone.ts';
export * from './world.ts';
export * from './plan.ts';
export * from './enrollment.ts';
export * from './compile/workspace.ts';
export type { Diagnostic, DiagnosticCode, Fix, Patch, Severity } from './compile/diagnostic.ts';
export {
	compile,
	findProblems,
	parseJourney,
	touchesOf,
	type Compiled,
	type Reads,
	type Touches,
	type Writes
} from './compile/compile.ts';
export type { Volumes } from './compile/2-analyse/volume.ts';
export { TYPES_OF_OP } from './compile/2-analyse/conditions.ts';
export { compilePattern } from './where/pattern.ts';
export { evaluate, evaluateWithReads, isByMachine, type Facts } from './where/evaluate.ts';
export { advance, MOST_VISITS, replan } from './advance.ts';
export { findWay, standingOf, type Mapping, type Way } from './moving.ts';
export { reentryFault, withOneMore } from './admission.ts';
export { impersonalSteps, type ImpersonalSteps } from './impersonal.ts';
export { classify, gate, type BlockReason, type GateFacts, type GateSend } from './gate.ts';
export { afterEvent, factsOf, zoneOf, type Entry } from './leaving.ts';
export { matchesWait, type OpenWait } from './waits.ts';
export {
	entryKey,
	isDateTrigger,
	isEventTrigger,
	isInAudience,
	matchesTrigger,
	type DateTrigger,
	type EventTrigger
} from './triggers.ts';
export { nextOccurrence, type Occurrence } from './occurrence.ts';
export { freePlaces, placeAfter, placesAnew } from './places.ts';
export { nextRecurrence } from './recurrence.ts';
export { endsSilence, NOT_THE_CONTACTS_DOING } from './silence.ts';
export { parseInstant } from './zone.ts';
export { checkSchema, validatePayload, type PayloadFault } from './payload.ts';
export {
	isTouched,
	readsOfSegment,
	type Change,
	type SegmentConditions,
	type SegmentReads
} from './segments.ts';
export { quietUntil } from './quiet-hours.ts';

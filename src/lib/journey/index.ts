/** The journey language: pure, and the same in the browser, in rehearsal and in the runtime. */
export * from './document.ts';
export * from './kinds.ts';
export * from './sentence.ts';
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

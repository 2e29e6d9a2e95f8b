/**
 * Cases of our own, where the specification is silent. A folder holds `scenario.json` and, in `expect.json`, what its
 * trace must have, in the form of the public conformance cases.
 */
import { describe, expect, test } from 'vitest';
import { rehearse } from './rehearse.ts';
import { parseScenario } from './scenario.ts';
import { printTrace, type Trace } from './trace.ts';

interface Expected {
	about: string;
	diagnostics?: Record<string, unknown[]>;
	runs?: unknown[];
	messages?: unknown[];
	refusals?: unknown[];
	contacts?: { id: string }[];
	report?: Record<string, unknown>;
}

const scenarios = import.meta.glob<unknown>('./cases/*/scenario.json', { eager: true, import: 'default' });
const expectations = import.meta.glob<Expected>('./cases/*/expect.json', { eager: true, import: 'default' });

function runsOf({ enrollments }: Trace) {
	return enrollments.map(({ visits, ...enrollment }) => ({
		...enrollment,
		path: visits.map((visit) => visit.step),
		times: visits.map((visit) => visit.at),
		outcomes: visits.map((visit) => visit.outcome),
		reasons: visits.map((visit) => visit.reason)
	}));
}

/** Nothing is as good as null: an attribute that was taken away, a visit without a reason. */
function withNulls(wanted: unknown, found: unknown): unknown {
	if (Array.isArray(wanted))
		return Array.isArray(found) ? found.map((each, at) => withNulls(wanted[at], each)) : found;
	if (typeof wanted !== 'object' || wanted === null || typeof found !== 'object' || found === null)
		return found ?? null;
	return Object.fromEntries(
		Object.entries(wanted).map(([key, each]) => [
			key,
			withNulls(each, (found as Record<string, unknown>)[key])
		])
	);
}

describe('cases', () => {
	test.each(Object.keys(scenarios).map((path) => [path.split('/').at(-2) ?? '', path]))(
		'%s',
		(name, path) => {
			const wanted = expectations[`./cases/${name}/expect.json`];
			const { scenario, faults } = parseScenario(scenarios[path]);
			expect(faults).toEqual([]);
			if (!scenario || !wanted) throw new Error('The case lacks a file.');
			const { trace, isRefused } = rehearse(scenario);
			expect(isRefused, JSON.stringify(trace.diagnostics)).toBe(false);
			const runs = runsOf(trace);
			if (wanted.runs) expect(withNulls(wanted.runs, runs)).toEqual(wanted.runs);
			if (wanted.messages) expect(withNulls(wanted.messages, trace.messages)).toEqual(wanted.messages);
			if (wanted.refusals) expect(withNulls(wanted.refusals, trace.refusals)).toEqual(wanted.refusals);
			if (wanted.report) expect(withNulls(wanted.report, trace.report)).toEqual(wanted.report);
			for (const [journey, diagnostics] of Object.entries(wanted.diagnostics ?? {}))
				expect(withNulls(diagnostics, trace.diagnostics[journey])).toEqual(diagnostics);
			for (const contact of wanted.contacts ?? [])
				expect(
					withNulls(
						contact,
						trace.contacts.find(({ id }) => id === contact.id)
					)
				).toEqual(contact);
			expect(printTrace(rehearse(scenario).trace)).toBe(printTrace(trace));
		}
	);
});

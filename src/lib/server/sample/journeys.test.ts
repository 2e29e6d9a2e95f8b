import { describe, expect, it } from 'vitest';
import { compile, parseJourney } from '$lib/journey/index.ts';
import { sampleAttributes } from './attributes.ts';
import { sampleJourneys } from './journeys.ts';
import { sampleWorkspace } from './sample-workspace.ts';
import { sampleTemplates } from './templates.ts';

const workspace = await sampleWorkspace();
const slugsUsed = sampleJourneys.flatMap(({ document }) =>
	document.steps.flatMap((step) => (step.kind === 'send.email' ? [step.config.template] : []))
);

describe.each(sampleJourneys)('the sample journey $slug', ({ slug, name, document }) => {
	it('parses, under its own name', () => {
		expect(parseJourney(document).diagnostics).toEqual([]);
		expect(document.name).toBe(name);
	});

	it('compiles without a word of the compiler', () => {
		const { plan, diagnostics } = compile(document, workspace, slug);
		expect(diagnostics).toEqual([]);
		expect(plan).not.toBeNull();
	});

	it('is drawn as a tree that grows downwards, with no two steps in one place', () => {
		const placeById = new Map(document.steps.map((step) => [step.id, step.position ?? { x: NaN, y: NaN }]));
		for (const { from, to } of document.edges)
			expect(placeById.get(to)?.y ?? NaN).toBeGreaterThan(placeById.get(from)?.y ?? NaN);
		const places = [...placeById.values()];
		for (const [index, a] of places.entries())
			for (const b of places.slice(index + 1))
				expect(Math.abs(a.x - b.x) >= 280 || Math.abs(a.y - b.y) >= 100).toBe(true);
	});
});

describe('the sample’s templates', () => {
	it('are the ones that its journeys send, no more and no fewer', () => {
		expect(new Set(slugsUsed)).toEqual(new Set(sampleTemplates.map((template) => template.slug)));
	});

	it('read nothing of a patient’s health in a subject or a preview line', () => {
		const harmless = new Set<string>(
			sampleAttributes
				.filter((attribute) => attribute.tag === 'none')
				.map((attribute) => `contact.${attribute.key}`)
		);
		for (const { subjectReads } of workspace.templates)
			for (const read of subjectReads) expect(harmless).toContain(read);
		for (const { preheader } of sampleTemplates) expect(preheader).not.toContain('{{');
	});
});

describe('the sample’s step ids', () => {
	it('differ between messages whose clicks and opens are waited for', () => {
		const waited = sampleJourneys.flatMap(({ document }) =>
			document.steps.flatMap((step) =>
				/^(result|eob)-/.test(step.id) && step.kind === 'send.email' ? [step.id] : []
			)
		);
		expect(new Set(waited).size).toBe(waited.length);
		expect(waited).toHaveLength(4);
	});
});

/** The segments that steps and conditions name. */
import { at, diagnose, type Fix } from '../diagnostic.ts';
import type { Analysis } from './analysis.ts';
import { similarTo } from './similar.ts';

export function checkSegments(analysis: Analysis): void {
	for (const { step, index } of analysis.graph.steps) {
		const isKept = step?.kind === 'segment.add' || step?.kind === 'segment.remove';
		if (!isKept && step?.kind !== 'trigger.segment') continue;
		const { segment } = step.config;
		const path = at('/steps', index, 'config', 'segment');
		if (isKept && analysis.segments.find(segment)?.where) {
			const message = `“${analysis.segments.nameOf(segment)}” is worked out from a condition, so nobody can be put into it or taken out by hand. Choose a segment that is kept by hand, or change what its condition asks.`;
			analysis.found.push(diagnose('segment.computed', path, message, { step: step.id }));
		} else checkSegment(segment, path, step.id, analysis);
	}
}

/** One reference to a segment: that there is one, and that its condition comes to an end. */
export function checkSegment(
	slug: string,
	path: string,
	step: string | undefined,
	{ segments, found }: Analysis
): void {
	if (!segments.find(slug)) {
		const message = `There is no segment “${slug}”. Choose one that exists, or make it first.`;
		found.push(diagnose('segment.missing', path, message, { step, fix: fixFor(slug, path, segments.all()) }));
		return;
	}
	const circle = segments.circleOf(slug);
	if (!circle) return;
	const told = circle.map((each) => `“${segments.nameOf(each)}”`).join(' → ');
	const message = `Segments that ask for each other in a circle have no members that anybody could work out: ${told}. Change the condition of one of them, or choose another segment here.`;
	found.push(diagnose('segment.circle', path, message, { step }));
}

function fixFor(
	slug: string,
	path: string,
	all: readonly { slug: string; name?: string }[]
): Fix | undefined {
	const meant = similarTo(slug, all, (segment) => [segment.slug, segment.name]);
	if (!meant) return undefined;
	return { label: `Use “${meant.name ?? meant.slug}”`, patch: [{ op: 'set', path, value: meant.slug }] };
}

/** What steps call outside of the journey: other journeys, and systems by webhook. */
import { at, diagnose, type Fix } from '../diagnostic.ts';
import type { Analysis } from './analysis.ts';
import type { JourneyGraph } from './journey-graph.ts';
import { similarTo } from './similar.ts';

export function checkDoors(journeys: JourneyGraph, analysis: Analysis): void {
	for (const { step, index } of analysis.graph.steps) {
		if (step?.kind === 'webhook.call') {
			checkUrl(step.config.url, at('/steps', index, 'config', 'url'), step.id, analysis);
		} else if (step?.kind === 'journey.enter') {
			const path = at('/steps', index, 'config', 'journey');
			checkJourney(step.config.journey, path, step.id, journeys, analysis);
		}
	}
}

function checkUrl(url: string, path: string, step: string, { found }: Analysis): void {
	if (/^https:/i.test(url)) return;
	const message =
		'The address is not encrypted, so anybody on the way could read what is sent there. Use one that begins with https.';
	const value = url.replace(/^http:/i, 'https:');
	const fix = { label: 'Use https', patch: [{ op: 'set' as const, path, value }] };
	found.push(diagnose('webhook.insecure', path, message, { step, fix }));
}

function checkJourney(
	slug: string,
	path: string,
	step: string,
	journeys: JourneyGraph,
	{ found }: Analysis
): void {
	const journey = journeys.find(slug);
	if (journey?.summary.manualTrigger) return;
	if (journey) {
		const message = `Nobody can be put into “${journey.name}”, for it has no trigger “By hand” that is on. Add one to it, or choose another journey.`;
		found.push(diagnose('journey.missing', path, message, { step }));
		return;
	}
	const open = journeys.all().filter((each) => each.summary.manualTrigger !== null);
	const meant = similarTo(slug, open, (each) => [each.slug, each.name]);
	const fix: Fix | undefined = meant && {
		label: `Use “${meant.name}”`,
		patch: [{ op: 'set', path, value: meant.slug }]
	};
	const message = `There is no journey “${slug}”. Choose one that exists.`;
	found.push(diagnose('journey.missing', path, message, { step, fix }));
}

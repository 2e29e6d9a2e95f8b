import { formatDuration, roughLength } from '../../duration.ts';
import { DAY } from '../../zone.ts';
import { at, diagnose } from '../diagnostic.ts';
import type { Analysis } from './analysis.ts';

const LONGEST = 366 * DAY;

/** Waits of over a year: people, addresses and consents change meanwhile. */
export function checkWaits({ graph, found }: Analysis): void {
	for (const { step, index } of graph.steps) {
		if (step?.kind !== 'wait.for' && step?.kind !== 'wait.event') continue;
		const [key, iso] =
			step.kind === 'wait.for' ? ['duration', step.config.duration] : ['timeout', step.config.timeout];
		if (roughLength(iso) <= LONGEST) continue;
		const message = `Contacts may wait here for ${formatDuration(iso)}. That is over a year: start a new journey from a date instead.`;
		found.push(diagnose('wait.too-long', at('/steps', index, 'config', key), message, { step: step.id }));
	}
}

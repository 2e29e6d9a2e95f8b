/** Turns what the runtime wrote of each wake into an enrollment's visits. Pure. */
import type { Read } from '$lib/journey/index.ts';
import type { PathRow } from '../../people/history.ts';

export interface VisitFact {
	/** The version on which it began. */
	versionId: number;
	step: string;
	/** Which visit of the step it is, from 1. */
	arrival: number;
	at: Date;
	/** When it was left; null while it is open, or where the enrollment ended. */
	leftAt: Date | null;
	outcome: string | null;
	reason: string | null;
	reads: Read[];
}

/** The visits of one enrollment, in order. A visit that waited spans two wakes and is one visit. */
export function visitsFrom(paths: readonly PathRow[]): VisitFact[] {
	const visits: VisitFact[] = [];
	const arrivals = new Map<string, number>();
	for (const path of paths)
		path.steps.forEach((step, index) => {
			const open = visits.at(-1);
			const fact = factAt(path, index);
			if (index === 0 && path.continues && open?.step === step) {
				visits[visits.length - 1] = { ...open, ...fact, reads: [...open.reads, ...fact.reads] };
				return;
			}
			const arrival = (arrivals.get(step) ?? 0) + 1;
			arrivals.set(step, arrival);
			visits.push({
				versionId: path.versionId,
				step,
				arrival,
				at: index === 0 ? path.firstAt : path.at,
				...fact
			});
		});
	return visits;
}

function factAt(path: PathRow, index: number): Pick<VisitFact, 'outcome' | 'reason' | 'reads' | 'leftAt'> {
	const outcome = path.outcomes[index] ?? null;
	return {
		outcome,
		reason: path.reasons?.[index] ?? null,
		reads: path.reads?.[index] ?? [],
		// One without an outcome that another follows was closed by a move to a newer version.
		leftAt: outcome === null && index === path.steps.length - 1 ? null : path.at
	};
}

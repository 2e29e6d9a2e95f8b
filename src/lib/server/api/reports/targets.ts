/** Which steps of which versions a number of the report is about. Pure. */
import { endsOf, isTriggerStep, type End } from './flow.ts';
import type { Measure } from './measures.ts';
import type { Target } from './people-rows.ts';
import { instantsOf, type DayRange } from './range.ts';
import type { ReportVersion } from './versions.ts';

/** Places to look for those behind `measure` at `step`, or in the whole journey where it is null. */
export function targetsOf(
	versions: readonly ReportVersion[],
	measure: Measure,
	step: string | null,
	range: DayRange
): Target[] {
	return versions.flatMap((version) => {
		const days = instantsOf(range, version.zone);
		return placesIn(version, measure, step).map((place) => ({ versionId: version.id, ...days, ...place }));
	});
}

type Place = { step: string | null; outcome: string | null };

function placesIn({ document }: ReportVersion, measure: Measure, step: string | null): Place[] {
	const only = (places: readonly (End | Place)[]) =>
		places.filter((place) => step === null || place.step === step);
	const at = (id: string | null): Place => ({ step: id, outcome: null });
	if (measure.name === 'end') return only(endsOf(document));
	// Whoever came to an exit step meant to leave there.
	if (measure.name === 'dropped')
		return only(document.steps.filter(({ kind }) => kind !== 'exit').map(({ id }) => at(id)));
	if (step === null && (measure.name === 'entered' || measure.name === 'refused'))
		return document.steps.filter(isTriggerStep).map(({ id }) => at(id));
	return [at(step)];
}

/** The visits of a made-up patient, and what follows from each: a claim's explanation, lab results, a shot, a prescription. */
import { Temporal } from 'temporal-polyfill';
import {
	clinic,
	labPanels,
	medications,
	organization,
	vaccines,
	visitKinds,
	type Clinician,
	type VisitKind
} from './clinic.ts';
import { between, draw, pick } from './draw.ts';
import type { ResourceInput } from './fhir.ts';
import { DAY, HOUR, isoOf, MINUTE, type Span } from './span.ts';

/** Who is seen, by whom, and who pays. */
export interface Seen {
	/** The patient's id, which everything drawn for them hangs on. */
	id: string;
	clinician: Clinician;
	healthPlan: string;
	/** Nothing happens after this (ms). */
	until: number;
}

interface Visit {
	id: string;
	kind: VisitKind;
	start: number;
	end: number;
}

const HISTORY_DAYS = 3 * 365;

/** All resources that `seen` left behind up to the end of `span`. */
export function madeVisits(seen: Seen, span: Span): ResourceInput[] {
	return visitsOf(seen, span)
		.flatMap((visit) => [
			encounterOf(seen, visit),
			...benefitOf(seen, visit),
			...labReportOf(seen, visit),
			...immunizationOf(seen, visit),
			...prescriptionOf(seen, visit)
		])
		.filter((resource) => happenedAt(resource) <= Math.min(seen.until, span.to));
}

function visitsOf(seen: Seen, span: Span): Visit[] {
	const past = draw(seen.id, 'new here') < 0.1 ? 0 : between(1, 6, seen.id, 'past visits');
	// Half of everybody comes within the span: more than a clinic sees, so that each journey has company.
	const share = draw(seen.id, 'visits now');
	const now = share < 0.07 ? 2 : share < 0.5 ? 1 : 0;
	return Array.from({ length: past + now }, (_, index) => {
		const place = draw(seen.id, 'visit', index);
		const at =
			index < past ? span.from - place * HISTORY_DAYS * DAY : span.from + place * (span.to - span.from);
		return visitOn(seen, index, at);
	}).sort((a, b) => a.start - b.start);
}

/** The visit on the clinic's calendar day that `at` falls on, at a quarter of an hour while the clinic is open. */
function visitOn(seen: Seen, index: number, at: number): Visit {
	const day = Temporal.Instant.fromEpochMilliseconds(Math.round(at)).toZonedDateTimeISO(clinic.timezone);
	const minutes = 8 * 60 + 15 * between(0, 36, seen.id, 'time', index);
	const start = day.startOfDay().add({ minutes }).epochMilliseconds;
	const kind = kindOn(day.dayOfWeek, draw(seen.id, 'kind', index));
	return { id: `${seen.id}-${index + 1}`, kind, start, end: start + kind.minutes * MINUTE };
}

/** At weekends only what can't wait is seen. */
function kindOn(dayOfWeek: number, share: number): VisitKind {
	if (dayOfWeek >= 6) return share < 0.9 ? visitKinds.urgentcare : visitKinds.emergency;
	if (share < 0.42) return visitKinds.wellness;
	if (share < 0.86) return visitKinds.ambulatory;
	return share < 0.96 ? visitKinds.urgentcare : visitKinds.emergency;
}

function encounterOf(seen: Seen, { id, kind, start, end }: Visit): ResourceInput {
	return {
		resourceType: 'Encounter',
		id: `visit-${id}`,
		status: 'finished',
		class: { code: kind.class },
		type: [{ text: kind.type }],
		reasonCode: kind.reasons.length > 0 ? [{ text: pick(kind.reasons, id, 'reason') }] : [],
		participant: [{ individual: { reference: `Practitioner/${seen.clinician.id}` } }],
		serviceProvider: { reference: `Organization/${organization.id}` },
		period: { start: isoOf(start), end: isoOf(end) }
	};
}

/** A health plan takes two to nine days, and leaves a fifth to the patient; Medicaid leaves nothing. */
function benefitOf(seen: Seen, visit: Visit): ResourceInput[] {
	const billed = visit.kind.price + between(0, 4, visit.id, 'extras') * 37.5;
	const share = seen.healthPlan === 'Medicaid' ? 0 : billed / 5;
	return [
		{
			resourceType: 'ExplanationOfBenefit',
			id: `eob-${visit.id}`,
			status: 'active',
			created: isoOf(visit.end + between(2 * 24, 9 * 24, visit.id, 'plan takes') * HOUR),
			claim: { reference: `Claim/claim-${visit.id}` },
			provider: { reference: `Practitioner/${seen.clinician.id}` },
			insurer: { display: seen.healthPlan },
			total: [{ amount: { value: billed, currency: 'USD' } }],
			item: [{ adjudication: [{ category: coinsurance, amount: { value: share, currency: 'USD' } }] }]
		}
	];
}

const coinsurance = {
	coding: [{ code: 'https://bluebutton.cms.gov/resources/variables/line_coinsrnc_amt' }]
};

function labReportOf(seen: Seen, visit: Visit): ResourceInput[] {
	if (draw(visit.id, 'lab') >= 0.52) return [];
	const panel = pick(labPanels, visit.id, 'panel');
	return [
		{
			resourceType: 'DiagnosticReport',
			id: `result-${visit.id}`,
			status: 'final',
			code: { text: panel.name, coding: [{ code: panel.code, display: panel.name }] },
			issued: isoOf(visit.end + between(6, 60, visit.id, 'lab takes') * HOUR),
			encounter: { reference: `Encounter/visit-${visit.id}` },
			conclusion: draw(visit.id, 'finding') < 0.22 ? 'Out of range. Follow-up advised.' : 'Within range.',
			result: Array.from({ length: panel.tests }, (_, test) => ({
				reference: `Observation/${visit.id}-${test + 1}`
			}))
		}
	];
}

function immunizationOf(_seen: Seen, visit: Visit): ResourceInput[] {
	if (visit.kind.class !== 'wellness' || draw(visit.id, 'shot') >= 0.45) return [];
	const vaccine = pick(vaccines, visit.id, 'vaccine');
	return [
		{
			resourceType: 'Immunization',
			id: `shot-${visit.id}`,
			status: 'completed',
			vaccineCode: { text: vaccine.name, coding: [{ code: vaccine.code, display: vaccine.name }] },
			occurrenceDateTime: isoOf(visit.start)
		}
	];
}

function prescriptionOf(seen: Seen, visit: Visit): ResourceInput[] {
	if (visit.kind.class === 'wellness' || draw(visit.id, 'prescription') >= 0.5) return [];
	const medication = pick(medications, visit.id, 'medication');
	return [
		{
			resourceType: 'MedicationRequest',
			id: `prescription-${visit.id}`,
			status: 'active',
			medicationCodeableConcept: {
				text: medication.name,
				coding: [{ code: medication.code, display: medication.name }]
			},
			authoredOn: isoOf(visit.end),
			requester: { reference: `Practitioner/${seen.clinician.id}` }
		}
	];
}

function happenedAt(resource: ResourceInput): number {
	switch (resource.resourceType) {
		case 'Encounter':
			return Date.parse(resource.period.end);
		case 'ExplanationOfBenefit':
			return Date.parse(resource.created);
		case 'Immunization':
			return Date.parse(resource.occurrenceDateTime);
		case 'MedicationRequest':
			return Date.parse(resource.authoredOn);
		case 'DiagnosticReport':
			return Date.parse(resource.issued);
		default:
			return -Infinity;
	}
}

/**
 * A patient's FHIR R4 bundle, as Synthea writes it, read as a contact with events. One fact is one event, and the
 * resource's own id is its idempotency key, so that reading a bundle twice adds nothing.
 */
import type { SampleAttributes } from './attributes.ts';
import { parseBundle, type Resource, type ResourceOf } from './fhir.ts';
import { timeZoneOf } from './us-time-zones.ts';

export interface SampleContact {
	/** The public id: the FHIR patient's own. */
	id: string;
	name: string;
	email: string | null;
	/** E.164. */
	phone: string | null;
	timezone: string | null;
	attributes: SampleAttributes;
}

export interface SampleEvent {
	/** The public id of the contact. */
	contact: string;
	name: string;
	properties: Record<string, unknown>;
	/** Milliseconds since 1970. */
	occurredAt: number;
	/** Idempotency key, such as `Encounter/<id>`. */
	key: string;
}

export interface PatientRecord {
	contact: SampleContact;
	/** In order of `occurredAt`. */
	events: SampleEvent[];
}

/** Reads a bundle of one patient. Throws a ZodError where it is not FHIR, and an Error where it holds no patient. */
export function readSyntheaBundle(bundle: unknown): PatientRecord {
	const chart = new Chart(parseBundle(bundle));
	const contact = readContact(chart);
	const events = chart.resources.flatMap((resource) => {
		const event = readEvent(chart, resource);
		return event ? [{ contact: contact.id, key: `${resource.resourceType}/${resource.id}`, ...event }] : [];
	});
	return { contact, events: events.sort((a, b) => a.occurredAt - b.occurredAt) };
}

/** The resources of one bundle, and who they refer to by `urn:uuid:<id>` or `<Type>/<id>`. */
class Chart {
	readonly resources: Resource[];
	readonly #byId: Map<string, Resource>;

	constructor(resources: Resource[]) {
		this.resources = resources;
		this.#byId = new Map(resources.map((resource) => [resource.id, resource]));
	}

	all<Type extends Resource['resourceType']>(type: Type): ResourceOf<Type>[] {
		return this.resources.filter((resource): resource is ResourceOf<Type> => resource.resourceType === type);
	}

	find(reference: { reference?: string } | undefined): Resource | undefined {
		return this.#byId.get(idOf(reference));
	}

	/** The name of the person or organization that `reference` means. */
	nameOf(reference: { reference?: string; display?: string } | undefined): string | undefined {
		const found = this.find(reference);
		if (found?.resourceType === 'Practitioner') return fullName(found.name);
		if (found?.resourceType === 'Organization') return titleCase(found.name);
		return reference?.display;
	}
}

function readContact(chart: Chart): SampleContact {
	const patient = chart.all('Patient')[0];
	if (!patient) throw new Error('The bundle holds no patient.');
	const telecom = (system: string) => patient.telecom.find((point) => point.system === system)?.value;
	return {
		id: patient.id,
		name: fullName(patient.name),
		email: telecom('email') ?? null,
		phone: e164(telecom('phone')),
		timezone: timeZoneOf(patient.address[0]?.state),
		attributes: readAttributes(chart, patient)
	};
}

function readAttributes(chart: Chart, patient: ResourceOf<'Patient'>): SampleAttributes {
	const lastVisit = chart.all('Encounter').at(-1);
	const lastBenefit = chart.all('ExplanationOfBenefit').at(-1);
	const address = patient.address[0];
	return withoutUnknown({
		firstName: bareName(patient.name[0]?.given[0] ?? ''),
		lastName: bareName(patient.name[0]?.family ?? ''),
		preferredLanguage: patient.communication[0] && wordsOf(patient.communication[0].language),
		birthday: patient.birthDate,
		gender: patient.gender,
		city: address?.city,
		state: address?.state,
		clinician: chart.nameOf(lastVisit?.participant[0]?.individual),
		insurer: lastBenefit?.insurer.display && titleCase(lastBenefit.insurer.display),
		deceased: patient.deceasedBoolean ?? patient.deceasedDateTime !== undefined
	});
}

type Fact = Pick<SampleEvent, 'name' | 'properties' | 'occurredAt'>;

/** The event that a resource tells of, or null: a person, a place, something planned or called off. */
function readEvent(chart: Chart, resource: Resource): Fact | null {
	switch (resource.resourceType) {
		case 'Encounter':
			return resource.status === 'finished' ? visitCompleted(chart, resource) : null;
		case 'ExplanationOfBenefit':
			return resource.status === 'active' ? benefitsExplained(chart, resource) : null;
		case 'Immunization':
			return resource.status === 'completed' ? immunizationGiven(resource) : null;
		case 'MedicationRequest':
			return resource.status === 'cancelled' ? null : medicationPrescribed(chart, resource);
		case 'DiagnosticReport':
			return resource.status === 'final' ? labResultReady(chart, resource) : null;
		case 'Patient':
		case 'Practitioner':
		case 'Organization':
			return null;
	}
}

function visitCompleted(chart: Chart, visit: ResourceOf<'Encounter'>): Fact {
	return {
		name: 'visit.completed',
		occurredAt: Date.parse(visit.period.end),
		properties: withoutUnknown({
			visitId: visit.id,
			class: visit.class.code,
			type: visit.type[0] && wordsOf(visit.type[0]),
			reason: visit.reasonCode[0] && wordsOf(visit.reasonCode[0]),
			clinician: chart.nameOf(visit.participant[0]?.individual),
			place: chart.nameOf(visit.serviceProvider)
		})
	};
}

// The variables of CMS Blue Button that say what is left for the patient to pay.
const patientShares = ['line_coinsrnc_amt', 'line_bene_ptb_ddctbl_amt'];

function benefitsExplained(chart: Chart, benefit: ResourceOf<'ExplanationOfBenefit'>): Fact {
	const shares = benefit.item
		.flatMap((item) => item.adjudication)
		.filter(({ category }) => patientShares.some((name) => category.coding[0]?.code?.endsWith(name)))
		.map(({ amount }) => amount?.value ?? 0);
	return {
		name: 'eob.ready',
		occurredAt: Date.parse(benefit.created),
		properties: withoutUnknown({
			eobId: benefit.id,
			claimId: idOf(benefit.claim),
			provider: chart.nameOf(benefit.provider),
			insurer: benefit.insurer.display && titleCase(benefit.insurer.display),
			billed: cents(benefit.total[0]?.amount.value ?? 0),
			patientPays: cents(shares.reduce((sum, share) => sum + share, 0)),
			currency: benefit.total[0]?.amount.currency
		})
	};
}

function immunizationGiven(immunization: ResourceOf<'Immunization'>): Fact {
	return {
		name: 'immunization.given',
		occurredAt: Date.parse(immunization.occurrenceDateTime),
		properties: { immunizationId: immunization.id, vaccine: wordsOf(immunization.vaccineCode) }
	};
}

function medicationPrescribed(chart: Chart, request: ResourceOf<'MedicationRequest'>): Fact {
	return {
		name: 'medication.prescribed',
		occurredAt: Date.parse(request.authoredOn),
		properties: withoutUnknown({
			prescriptionId: request.id,
			medication: request.medicationCodeableConcept && wordsOf(request.medicationCodeableConcept),
			clinician: chart.nameOf(request.requester)
		})
	};
}

/** A final report is what a lab system calls the trigger for, so it has that trigger's name and payload. */
function labResultReady(chart: Chart, report: ResourceOf<'DiagnosticReport'>): Fact {
	const visit = chart.find(report.encounter);
	const clinician = visit?.resourceType === 'Encounter' ? visit.participant[0]?.individual : undefined;
	return {
		name: 'api.lab-result-ready',
		occurredAt: Date.parse(report.issued),
		properties: withoutUnknown({
			resultId: report.id,
			panel: wordsOf(report.code),
			tests: report.result.length,
			orderedBy: chart.nameOf(clinician),
			followUp: /follow[- ]?up/i.test(report.conclusion ?? '')
		})
	};
}

function fullName(names: { given: string[]; family: string; prefix: string[] }[]): string {
	const name = names[0];
	return name ? [...name.prefix, name.given[0] ?? '', name.family].map(bareName).join(' ').trim() : '';
}

/** Synthea numbers its names ("Luna60 McCullough561") so that nobody takes them for real people. */
function bareName(name: string): string {
	return name.replace(/\d+$/, '');
}

/** Coded words without the kind that SNOMED puts behind them: "Encounter for check up (procedure)". */
function wordsOf(concept: { text?: string; coding: { display?: string }[] }): string {
	const words = concept.text ?? concept.coding[0]?.display ?? '';
	return words.replace(/ \((procedure|disorder|finding|situation)\)$/, '');
}

function titleCase(words: string): string {
	return words.toLowerCase().replace(/(^|[\s-])\p{L}/gu, (start) => start.toUpperCase());
}

function idOf(reference: { reference?: string } | undefined): string {
	return reference?.reference?.replace(/^urn:uuid:|^.*\//, '') ?? '';
}

function e164(phone: string | undefined): string | null {
	const digits = phone?.replace(/\D/g, '') ?? '';
	return digits.length === 10 ? `+1${digits}` : null;
}

function cents(amount: number): number {
	return Math.round(amount * 100) / 100;
}

function withoutUnknown<T extends object>(values: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
	return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
		[Key in keyof T]: Exclude<T[Key], undefined>;
	};
}

/**
 * The little of FHIR R4 that the sample reads, parsed at the edge: https://hl7.org/fhir/R4/. Everything else in a
 * resource is let go.
 */
import { z } from 'zod';

const coding = z.object({ code: z.string().optional(), display: z.string().optional() });
const concept = z.object({ text: z.string().optional(), coding: z.array(coding).default([]) });
const reference = z.object({ reference: z.string().optional(), display: z.string().optional() });
const instant = z.iso.datetime({ offset: true });
const money = z.object({ value: z.number(), currency: z.string().default('USD') });
const humanName = z.object({
	family: z.string(),
	given: z.array(z.string()).default([]),
	prefix: z.array(z.string()).default([])
});

const patient = z.object({
	resourceType: z.literal('Patient'),
	id: z.string(),
	name: z.array(humanName).min(1),
	telecom: z.array(z.object({ system: z.string(), value: z.string() })).default([]),
	gender: z.enum(['male', 'female', 'other', 'unknown']),
	birthDate: z.iso.date(),
	deceasedBoolean: z.boolean().optional(),
	deceasedDateTime: z.string().optional(),
	address: z.array(z.object({ city: z.string().optional(), state: z.string().optional() })).default([]),
	communication: z.array(z.object({ language: concept })).default([])
});

const practitioner = z.object({
	resourceType: z.literal('Practitioner'),
	id: z.string(),
	name: z.array(humanName).min(1)
});

const organization = z.object({ resourceType: z.literal('Organization'), id: z.string(), name: z.string() });

const encounter = z.object({
	resourceType: z.literal('Encounter'),
	id: z.string(),
	status: z.string(),
	class: coding,
	type: z.array(concept).default([]),
	reasonCode: z.array(concept).default([]),
	participant: z.array(z.object({ individual: reference.optional() })).default([]),
	serviceProvider: reference.optional(),
	period: z.object({ start: instant, end: instant })
});

const explanationOfBenefit = z.object({
	resourceType: z.literal('ExplanationOfBenefit'),
	id: z.string(),
	status: z.string(),
	created: instant,
	claim: reference,
	provider: reference,
	insurer: reference,
	total: z.array(z.object({ amount: money })).default([]),
	item: z
		.array(
			z.object({
				adjudication: z.array(z.object({ category: concept, amount: money.optional() })).default([])
			})
		)
		.default([])
});

const immunization = z.object({
	resourceType: z.literal('Immunization'),
	id: z.string(),
	status: z.string(),
	vaccineCode: concept,
	occurrenceDateTime: instant
});

const medicationRequest = z.object({
	resourceType: z.literal('MedicationRequest'),
	id: z.string(),
	status: z.string(),
	medicationCodeableConcept: concept.optional(),
	authoredOn: instant,
	requester: reference.optional()
});

const diagnosticReport = z.object({
	resourceType: z.literal('DiagnosticReport'),
	id: z.string(),
	status: z.string(),
	code: concept,
	issued: instant,
	encounter: reference.optional(),
	conclusion: z.string().optional(),
	result: z.array(reference).default([])
});

const resource = z.discriminatedUnion('resourceType', [
	patient,
	practitioner,
	organization,
	encounter,
	explanationOfBenefit,
	immunization,
	medicationRequest,
	diagnosticReport
]);

const bundle = z.object({
	resourceType: z.literal('Bundle'),
	entry: z.array(z.object({ resource: z.looseObject({ resourceType: z.string() }) }))
});

/** A resource as it is read. */
export type Resource = z.infer<typeof resource>;
/** A resource as it is written: what has a default may be left out. */
export type ResourceInput = z.input<typeof resource>;
export type ResourceOf<Type extends Resource['resourceType']> = Extract<Resource, { resourceType: Type }>;

const known = new Set<string>(resource.options.map((option) => option.shape.resourceType.value));

/** The resources of a bundle that we read, in its order. Throws a ZodError with the path where one is malformed. */
export function parseBundle(input: unknown): Resource[] {
	return bundle
		.parse(input)
		.entry.filter((entry) => known.has(entry.resource.resourceType))
		.map((entry) => resource.parse(entry.resource));
}

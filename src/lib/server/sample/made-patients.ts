/** Made-up patients of the clinic, written as the FHIR bundles that Synthea would write of them. */
import { clinicians, healthPlans, organization, practitionerOf } from './clinic.ts';
import { between, draw, pick, pickByShare } from './draw.ts';
import type { ResourceInput } from './fhir.ts';
import { madeVisits, type Seen } from './made-visits.ts';
import { families, places } from './names.ts';
import { DAY, isoOf, type Span } from './span.ts';

export interface Bundle {
	resourceType: 'Bundle';
	entry: { resource: ResourceInput }[];
}

/** `count` bundles, always the same for the same span. */
export function madeBundles(count: number, span: Span): Bundle[] {
	const taken = new Set<string>();
	return Array.from({ length: count }, (_, index) => {
		const id = `patient-${String(index + 1).padStart(4, '0')}`;
		const person = madePerson(id, span);
		const email = freeAddress(person, taken);
		const visits = madeVisits(person, span);
		const resources = [patientOf(person, email), practitionerOf(person.clinician), organization, ...visits];
		return { resourceType: 'Bundle', entry: resources.map((resource) => ({ resource })) };
	});
}

interface Person extends Seen {
	given: string;
	family: string;
	language: string;
	gender: 'female' | 'male';
	birthDate: string;
	deceasedAt: number | null;
	phone: string;
	city: string;
	state: string;
}

function madePerson(id: string, span: Span): Person {
	const family = pickByShare(families, id, 'family');
	const place = pickByShare(places, id, 'place');
	const gender = draw(id, 'gender') < 0.53 ? 'female' : 'male';
	const age = ageOf(id);
	const deceasedAt =
		age > 72 && draw(id, 'deceased') < 0.16 ? span.from - between(20, 600, id, 'died') * DAY : null;
	return {
		id,
		given: pick(family[gender], id, 'given'),
		family: pick(family.last, id, 'last'),
		language: draw(id, 'language') < 0.6 ? family.language : 'English',
		gender,
		birthDate: birthDateOf(id, age, span),
		deceasedAt,
		until: deceasedAt ?? span.to,
		// 555-0100 to 555-0199 are kept for fiction.
		phone: `${place.areaCode}-555-01${String(between(0, 99, id, 'phone')).padStart(2, '0')}`,
		city: place.city,
		state: place.state,
		clinician: pick(clinicians, id, 'clinician'),
		healthPlan: age >= 65 ? healthPlans[0] : pick(healthPlans.slice(1), id, 'plan')
	};
}

function ageOf(id: string): number {
	const bracket = draw(id, 'bracket');
	if (bracket < 0.13) return between(2, 17, id, 'age');
	if (bracket < 0.58) return between(18, 49, id, 'age');
	return bracket < 0.82 ? between(50, 64, id, 'age') : between(65, 93, id, 'age');
}

function birthDateOf(id: string, age: number, span: Span): string {
	const year = new Date(span.from).getUTCFullYear() - age;
	const dayOfYear = between(0, 364, id, 'birthday');
	return isoOf(Date.UTC(year, 0, 1) + dayOfYear * DAY).slice(0, 10);
}

/** An address nobody else has, in a domain that can't exist (RFC 6761); one person in sixteen has none. */
function freeAddress({ id, given, family }: Person, taken: Set<string>): string | null {
	if (draw(id, 'no email') < 1 / 16) return null;
	const local = `${given}.${family}`.toLowerCase().replace(/[^a-z.]/g, '');
	let address = `${local}@example.test`;
	for (let n = 2; taken.has(address); n += 1) address = `${local}${n}@example.test`;
	taken.add(address);
	return address;
}

function patientOf(person: Person, email: string | null): ResourceInput {
	return {
		resourceType: 'Patient',
		id: person.id,
		name: [{ family: person.family, given: [person.given] }],
		telecom: [
			{ system: 'phone', value: person.phone },
			...(email === null ? [] : [{ system: 'email', value: email }])
		],
		gender: person.gender,
		birthDate: person.birthDate,
		...(person.deceasedAt === null ? {} : { deceasedDateTime: isoOf(person.deceasedAt) }),
		address: [{ city: person.city, state: person.state }],
		communication: [{ language: { text: person.language } }]
	};
}

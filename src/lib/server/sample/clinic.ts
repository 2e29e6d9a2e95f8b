/** Maple Street Clinic, the sample's workspace: who works there and what is done there. Codes are the standards' own. */
import type { ResourceInput } from './fhir.ts';

/** What the sample writes into the workspace's settings. */
export const clinic = {
	name: 'Maple Street Clinic',
	timezone: 'America/New_York',
	postalAddress: 'Maple Street Clinic, 14 Maple Street, Worcester, MA 01608, USA'
};

export const clinicians = [
	{ id: 'osei', given: 'Amara', family: 'Osei' },
	{ id: 'lindqvist', given: 'Karin', family: 'Lindqvist' },
	{ id: 'delgado', given: 'Rafael', family: 'Delgado' },
	{ id: 'banerjee', given: 'Anita', family: 'Banerjee' },
	{ id: 'whitaker', given: 'Joel', family: 'Whitaker' },
	{ id: 'tran', given: 'Kim', family: 'Tran' },
	{ id: 'haddad', given: 'Samira', family: 'Haddad' },
	{ id: 'kowalski', given: 'Peter', family: 'Kowalski' }
] as const;

export type Clinician = (typeof clinicians)[number];

export const healthPlans = [
	'Medicare',
	'Medicaid',
	'Blue Harbor',
	'Commonwealth Care',
	'Summit Health Plan'
] as const;

export interface VisitKind {
	/** The class as Synthea writes it. */
	class: 'wellness' | 'ambulatory' | 'urgentcare' | 'emergency';
	type: string;
	/** What may have brought somebody here. */
	reasons: readonly string[];
	minutes: number;
	/** US dollars. */
	price: number;
}

export const visitKinds: Record<VisitKind['class'], VisitKind> = {
	wellness: { class: 'wellness', type: 'Encounter for check up', reasons: [], minutes: 30, price: 140.52 },
	ambulatory: {
		class: 'ambulatory',
		type: 'Encounter for problem',
		reasons: [
			'Essential hypertension',
			'Type 2 diabetes',
			'Low back pain',
			'Asthma',
			'Migraine',
			'Eczema',
			'Anxiety'
		],
		minutes: 20,
		price: 125
	},
	urgentcare: {
		class: 'urgentcare',
		type: 'Urgent care visit',
		reasons: ['Acute bronchitis', 'Sinusitis', 'Ankle sprain', 'Otitis media', 'Laceration of hand'],
		minutes: 45,
		price: 210
	},
	emergency: {
		class: 'emergency',
		type: 'Emergency room admission',
		reasons: ['Chest pain', 'Fracture of wrist', 'Concussion', 'Appendicitis'],
		minutes: 180,
		price: 1158.3
	}
};

export const labPanels = [
	{ code: '58410-2', name: 'Complete blood count', tests: 11 },
	{ code: '57698-3', name: 'Lipid panel', tests: 4 },
	{ code: '51990-0', name: 'Basic metabolic panel', tests: 8 },
	{ code: '4548-4', name: 'Hemoglobin A1c', tests: 1 },
	{ code: '3016-3', name: 'Thyroid stimulating hormone', tests: 1 },
	{ code: '24357-6', name: 'Urinalysis', tests: 10 }
] as const;

export const vaccines = [
	{ code: '140', name: 'Influenza, seasonal, injectable, preservative free' },
	{ code: '115', name: 'Tdap' },
	{ code: '187', name: 'Zoster vaccine recombinant' },
	{ code: '133', name: 'Pneumococcal conjugate PCV 13' }
] as const;

export const medications = [
	{ code: '314076', name: 'Lisinopril 10 MG Oral Tablet' },
	{ code: '860975', name: 'Metformin hydrochloride 500 MG Oral Tablet' },
	{ code: '617311', name: 'Atorvastatin 40 MG Oral Tablet' },
	{ code: '308182', name: 'Amoxicillin 250 MG Oral Capsule' },
	{ code: '310965', name: 'Ibuprofen 200 MG Oral Tablet' },
	{ code: '745679', name: 'Albuterol 0.09 MG/ACTUAT Inhaler' }
] as const;

/** A clinician as FHIR has it. */
export function practitionerOf({ id, given, family }: Clinician): ResourceInput {
	return { resourceType: 'Practitioner', id, name: [{ prefix: ['Dr.'], given: [given], family }] };
}

export const organization: ResourceInput = {
	resourceType: 'Organization',
	id: 'maple-street-clinic',
	name: clinic.name
};

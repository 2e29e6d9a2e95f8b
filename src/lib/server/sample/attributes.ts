/** What the sample clinic knows about a person: the registry's rows. A name alone says nothing about anybody's health. */
export const sampleAttributes = [
	{ key: 'firstName', label: 'First name', type: 'text', phi: false },
	{ key: 'lastName', label: 'Last name', type: 'text', phi: false },
	{ key: 'preferredLanguage', label: 'Preferred language', type: 'text', phi: false },
	{ key: 'birthday', label: 'Birthday', type: 'date', phi: true },
	{ key: 'gender', label: 'Gender', type: 'text', phi: true },
	{ key: 'city', label: 'City', type: 'text', phi: true },
	{ key: 'state', label: 'State', type: 'text', phi: true },
	{ key: 'clinician', label: 'Usual clinician', type: 'text', phi: true },
	{ key: 'insurer', label: 'Health plan', type: 'text', phi: true },
	{ key: 'deceased', label: 'Deceased', type: 'boolean', phi: true }
] as const satisfies {
	key: string;
	label: string;
	type: 'text' | 'number' | 'boolean' | 'date' | 'datetime' | 'list';
	phi: boolean;
}[];

/** A person's values, by the keys of `sampleAttributes`; what is not known is not there. */
export type SampleAttributes = Partial<Record<(typeof sampleAttributes)[number]['key'], string | boolean>>;

/** Everybody in the sample clinic: the two Synthea patients, and 500 more of the same shape. */
import { readBundles } from './bundles.ts';
import { between, draw } from './draw.ts';
import { madeBundles } from './made-patients.ts';
import { DAY, type Span } from './span.ts';
import { readSyntheaBundle, type PatientRecord, type SampleContact } from './synthea.ts';

const MADE_PATIENTS = 500;

export interface SampleConsent {
	kind: 'marketing';
	/** Null: all topics. */
	topic: string | null;
	/** Instants in ms. */
	grantedAt: number;
	expiresAt: number | null;
	revokedAt: number | null;
}

export interface SamplePatient extends PatientRecord {
	consents: SampleConsent[];
	/** Why their address must not be written to, or null. */
	suppression: { scope: 'all' | 'marketing'; reason: 'unsubscribed' | 'complained' | 'bounced' } | null;
}

/**
 * All 502 patients with what they left behind up to the end of `span`: events before `span.from` are their history, the
 * others part of the timeline. The same span gives the same people. Reads the bundles' files.
 */
export function samplePatients(span: Span): SamplePatient[] {
	const real = readBundles().map((bundle) => withAddress(readSyntheaBundle(bundle)));
	const made = madeBundles(MADE_PATIENTS, span).map(readSyntheaBundle);
	return [...real, ...made].map((record) => ({
		...record,
		consents: consentsOf(record.contact.id, span),
		suppression: suppressionOf(record.contact)
	}));
}

/** Synthea gives nobody an email address; these two get one in a domain that can't exist (RFC 6761). */
function withAddress(record: PatientRecord): PatientRecord {
	const local = record.contact.name.toLowerCase().replace(/ +/g, '.');
	return { ...record, contact: { ...record.contact, email: `${local}@example.test` } };
}

/** An authorization names its end (45 CFR 164.508(c)(1)(v)); the clinic's form says two years. */
const AUTHORIZED_DAYS = 730;

function consentsOf(id: string, span: Span): SampleConsent[] {
	const share = draw(id, 'consent');
	const given = (grantedAt: number, more: Partial<SampleConsent> = {}): SampleConsent[] => [
		{
			kind: 'marketing',
			topic: null,
			grantedAt,
			expiresAt: grantedAt + AUTHORIZED_DAYS * DAY,
			revokedAt: null,
			...more
		}
	];
	const daysBefore = between(30, 640, id, 'consent days');
	if (share < 0.34) return given(span.from - daysBefore * DAY);
	if (share < 0.43) return given(span.from - daysBefore * DAY, { topic: 'wellness' });
	if (share < 0.51) return given(span.from - (AUTHORIZED_DAYS + daysBefore) * DAY);
	if (share < 0.57) return given(span.from - daysBefore * DAY, { revokedAt: span.from - 5 * DAY });
	if (share < 0.63) return given(subscribedAt(id, span), { topic: 'wellness' });
	return [];
}

/** When somebody who subscribes within the span does so; their list.subscribed event has the same instant. */
export function subscribedAt(id: string, span: Span): number {
	return Math.round(span.from + draw(id, 'subscribes') * (span.to - span.from));
}

function suppressionOf({ id, email }: SampleContact): SamplePatient['suppression'] {
	if (email === null) return null;
	const share = draw(id, 'suppressed');
	if (share < 0.05) return { scope: 'marketing', reason: 'unsubscribed' };
	if (share < 0.07) return { scope: 'all', reason: 'bounced' };
	return share < 0.08 ? { scope: 'marketing', reason: 'complained' } : null;
}

/** What happens in the clinic while the sample's journeys run. */
import { draw } from './draw.ts';
import { samplePatients, subscribedAt, type SamplePatient } from './patients.ts';
import { DAY, type Span } from './span.ts';
import type { SampleEvent } from './synthea.ts';

/** Everything that happens from `from` to `to` (ms, both included), in order. The same two give the same events. */
export function sampleTimeline(from: number, to: number): SampleEvent[] {
	const span = { from, to };
	return timelineOf(samplePatients(span), span);
}

/** The same, for patients that were read already. */
export function timelineOf(patients: readonly SamplePatient[], span: Span): SampleEvent[] {
	return patients
		.flatMap((patient) => [
			...patient.events.filter((event) => event.occurredAt >= span.from && event.occurredAt <= span.to),
			...subscriptionOf(patient, span),
			...checkUpRequestOf(patient, span)
		])
		.sort((a, b) => a.occurredAt - b.occurredAt || (a.key < b.key ? -1 : 1));
}

/** What happened before `span`, in order for each patient: it explains decisions, and triggers nothing. */
export function historyOf(patients: readonly SamplePatient[], span: Span): SampleEvent[] {
	return patients.flatMap((patient) => patient.events.filter((event) => event.occurredAt < span.from));
}

function subscriptionOf({ contact, consents }: SamplePatient, span: Span): SampleEvent[] {
	const subscribed = subscribedAt(contact.id, span);
	if (!consents.some((consent) => consent.grantedAt === subscribed)) return [];
	return [
		{
			contact: contact.id,
			name: 'list.subscribed',
			properties: { list: 'wellness' },
			occurredAt: subscribed,
			key: `list/${contact.id}`
		}
	];
}

/** One adult in ten asks for a check-up on the clinic's website. */
function checkUpRequestOf({ contact }: SamplePatient, span: Span): SampleEvent[] {
	const { birthday, deceased } = contact.attributes;
	const isAdult = Date.parse(String(birthday)) < span.from - 18 * 366 * DAY;
	if (!isAdult || deceased === true || draw(contact.id, 'asks for a check-up') >= 0.1) return [];
	return [
		{
			contact: contact.id,
			name: 'form.submitted',
			properties: { form: 'check-up-request' },
			occurredAt: Math.round(span.from + draw(contact.id, 'asks') * (span.to - span.from)),
			key: `form/${contact.id}`
		}
	];
}

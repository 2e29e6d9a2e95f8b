/** A person's way through each journey: visits with what was decided and why, and the message of each. */
import { STEP_GROUPS, describeStep, kinds, stepNames, type JourneyDocument } from '$lib/journey/index.ts';
import { z } from 'zod';
import type { Store } from '../../app.ts';
import type { Db } from '../../db/db.ts';
import { listPaths, type PathRow } from '../../people/history.ts';
import type { Sight } from '../../people/sight.ts';
import { loadNames, type LoadedNames } from '../reports/names.ts';
import {
	messageStateInWords,
	outcomeInWords,
	reasonWords,
	sentence,
	stateInWords
} from '../reports/words.ts';
import { listEnrollments, listMessages, type EnrollmentRow, type MessageRow } from './contact-rows.ts';
import { readInWords } from './value-words.ts';
import { visitsFrom, type VisitFact } from './visits.ts';

const instant = z.string();

const messageSchema = z.object({
	state: z.string(),
	stateWords: z.string(),
	/** Why it was not sent. */
	reason: z.string().nullable(),
	decidedAt: instant.nullable(),
	openedAt: instant.nullable(),
	clickedAt: instant.nullable(),
	/** First opened by a machine, such as a mail scanner. */
	machineAt: instant.nullable(),
	unsubscribedAt: instant.nullable(),
	bouncedAt: instant.nullable(),
	caughtMailId: z.number().nullable()
});

const visitSchema = z.object({
	title: z.string(),
	line: z.string(),
	kind: z.string(),
	group: z.enum(STEP_GROUPS),
	at: instant,
	leftAt: instant.nullable(),
	/** How it was left, in words; null while it is open, or where the journey ended. */
	outcome: z.string().nullable(),
	reason: z.string().nullable(),
	/** What the decision read, as far as it is seen. */
	reads: z.array(z.string()),
	message: messageSchema.nullable()
});

export const enrollmentSchema = z.object({
	id: z.number(),
	slug: z.string(),
	journey: z.string(),
	version: z.number(),
	state: z.string(),
	stateWords: z.string(),
	reason: z.string().nullable(),
	enteredAt: instant,
	endedAt: instant.nullable(),
	dueAt: instant.nullable(),
	visits: z.array(visitSchema)
});
export type EnrollmentTold = z.infer<typeof enrollmentSchema>;

/** All journeys of a contact, the newest first. `zone` is the reader's for times inside of sentences. */
export async function tellJourneys(
	store: Store,
	sight: Sight,
	contactId: number,
	zone: string
): Promise<EnrollmentTold[]> {
	const { pool: db } = store;
	const enrollments = await listEnrollments(db, contactId);
	if (enrollments.length === 0) return [];
	const ids = enrollments.map(({ id }) => id);
	const paths = await listPaths(store, sight, ids);
	const messages = await listMessages(db, ids);
	const documents = await loadDocuments(db, paths);
	const names = await loadNames(db);
	const tellers = new Map(
		[...documents].map(([versionId, document]) => [versionId, stepTeller(document, names, zone)])
	);
	return enrollments.map((enrollment) =>
		tellEnrollment(
			enrollment,
			paths.filter((path) => path.enrollmentId === enrollment.id),
			messages.filter((message) => message.enrollmentId === enrollment.id),
			tellers
		)
	);
}

async function loadDocuments(db: Db, paths: readonly PathRow[]): Promise<Map<number, JourneyDocument>> {
	const { rows } = await db.query<{ id: number; document: JourneyDocument }>(
		'select id, document from journey_versions where id = any($1::int[])',
		[[...new Set(paths.map(({ versionId }) => versionId))]]
	);
	return new Map(rows.map((row) => [row.id, row.document]));
}

type Told = EnrollmentTold['visits'][number];
type StepTeller = (visit: VisitFact) => Pick<Told, 'title' | 'line' | 'kind' | 'group' | 'reads'>;

function stepTeller(document: JourneyDocument, names: LoadedNames, zone: string): StepTeller {
	const allNames = { ...names, step: stepNames(document, names) };
	const stepById = new Map(document.steps.map((step) => [step.id, step]));
	return (visit) => {
		const step = stepById.get(visit.step);
		const reads = visit.reads.map((read) => readInWords(read, names, allNames.step, zone));
		if (!step) return { title: visit.step, line: '', kind: 'exit', group: 'end', reads };
		return { ...describeStep(step, allNames), kind: step.kind, group: kinds[step.kind].group, reads };
	};
}

function tellEnrollment(
	enrollment: EnrollmentRow,
	paths: readonly PathRow[],
	messages: readonly MessageRow[],
	tellers: ReadonlyMap<number, StepTeller>
): EnrollmentTold {
	const { id, slug, name, version, state, reason } = enrollment;
	const unknown: StepTeller = () => ({ title: 'A step', line: '', kind: 'exit', group: 'end', reads: [] });
	return {
		id,
		slug,
		journey: name,
		version,
		state,
		stateWords: stateInWords(state),
		reason: reason === null ? null : reasonWords(reason),
		enteredAt: enrollment.enteredAt.toISOString(),
		endedAt: iso(enrollment.endedAt),
		dueAt: iso(enrollment.dueAt),
		visits: visitsFrom(paths).map((visit) => ({
			...(tellers.get(visit.versionId) ?? unknown)(visit),
			at: visit.at.toISOString(),
			leftAt: iso(visit.leftAt),
			outcome: visit.outcome === null ? null : sentence(outcomeInWords(visit.outcome)),
			reason: visit.reason === null ? null : reasonWords(visit.reason),
			message: tellMessage(
				messages.find((message) => message.step === visit.step && message.arrival === visit.arrival)
			)
		}))
	};
}

function tellMessage(message: MessageRow | undefined): Told['message'] {
	if (!message) return null;
	return {
		state: message.state,
		stateWords: messageStateInWords(message.state),
		reason: message.reason === null ? null : reasonWords(message.reason),
		decidedAt: iso(message.decidedAt),
		openedAt: iso(message.openedAt),
		clickedAt: iso(message.clickedAt),
		machineAt: iso(message.machineAt),
		unsubscribedAt: iso(message.unsubscribedAt),
		bouncedAt: iso(message.bouncedAt),
		caughtMailId: message.caughtMailId
	};
}

function iso(date: Date | null): string | null {
	return date === null ? null : date.toISOString();
}

/** The editor's calls to the server, with expected failures turned into answers. */
import { toast } from 'svelte-sonner';
import type { Diagnostic } from '$lib/journey/index.ts';
import type { TripReason } from '$lib/text/breaker.ts';
import { api, problemOf, sentenceOf, unattendedApi } from '$lib/ui/api.ts';
import type { DraftDocument } from './document.ts';
import type { SaveAnswer } from './draft-saver.svelte.ts';
import type { CountsAnswer, CountsQuery } from './live-counts.svelte.ts';
import type { MovePreview, PeopleChoice } from './people-inside.svelte.ts';
import type { BreakerTrip, JourneyState, PublishAnswer } from './publication.svelte.ts';

/** A journey as the server gives it to the editor. Times are ISO 8601. */
export interface JourneyForEditor {
	slug: string;
	state: JourneyState;
	revision: number;
	savedAt: string;
	draft: DraftDocument;
	trip: BreakerTrip | null;
	live: { number: number; document: DraftDocument } | null;
}

export function journeyCalls(slug: string) {
	return {
		async save(revision: number, document: DraftDocument): Promise<SaveAnswer> {
			try {
				const saved = await api.journeys.saveDraft.mutate({ slug, revision, document });
				return { is: 'saved', revision: saved.revision, at: saved.savedAt };
			} catch (error) {
				const problem = problemOf(error);
				if (problem?.code === 'draft.stale') return { is: 'stale', message: problem.message };
				if (isRefusal(error)) return { is: 'refused', message: sentenceOf(error) };
				return { is: 'unreachable' };
			}
		},

		/** The journey as it is on the server now; null, and told, when it can't be read. */
		async read(): Promise<JourneyForEditor | null> {
			return tryOr(
				() => api.journeys.get.query({ slug }),
				(sentence) => {
					toast.error(sentence);
					return null;
				}
			);
		},

		async previewMove(): Promise<MovePreview | null> {
			return tryOr(
				() => api.journeys.previewMove.query({ slug }),
				(sentence) => {
					toast.error(sentence);
					return null;
				}
			);
		},

		async publish(revision: number, people: PeopleChoice): Promise<PublishAnswer> {
			try {
				const published = await api.journeys.publish.mutate({ slug, revision, people });
				return { is: 'published', number: published.number, people: published.people, trip: published.trip };
			} catch (error) {
				const problem = problemOf(error);
				const problems = problem?.code === 'publish.refused' ? problem.problems : [];
				// The server's compiler made them, with the same types as ours.
				return { is: 'refused', message: sentenceOf(error), problems: (problems ?? []) as Diagnostic[] };
			}
		},

		async counts({ days, version }: CountsQuery): Promise<CountsAnswer | null> {
			// A number that can't be read is not shown; the next reading comes in seconds.
			return tryOr(
				() => unattendedApi.reports.counts.query({ slug, version, days }),
				() => null
			);
		},

		pause: () => failureOf(() => api.journeys.pause.mutate({ slug })),
		resume: (despite?: TripReason) => failureOf(() => api.journeys.resume.mutate({ slug, despite })),
		archive: () => failureOf(() => api.journeys.archive.mutate({ slug })),

		tell(sentence: string, isProblem: boolean): void {
			if (isProblem) toast.error(sentence);
			else toast.success(sentence);
		}
	};
}

/** Whether the server answered and said no, so that trying the same again would change nothing. */
function isRefusal(error: unknown): boolean {
	if (!(error instanceof Error) || !('data' in error)) return false;
	const { data } = error;
	return (
		typeof data === 'object' &&
		data !== null &&
		'httpStatus' in data &&
		typeof data.httpStatus === 'number' &&
		data.httpStatus >= 400 &&
		data.httpStatus < 500
	);
}

async function tryOr<T, F>(call: () => Promise<T>, fallback: (sentence: string) => F): Promise<T | F> {
	try {
		return await call();
	} catch (error) {
		return fallback(sentenceOf(error));
	}
}

async function failureOf(call: () => Promise<unknown>): Promise<string | null> {
	return tryOr(
		async () => {
			await call();
			return null;
		},
		(sentence) => sentence
	);
}

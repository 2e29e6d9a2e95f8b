/** Open tasks in words, with the people in them as far as they are seen. */
import type { PlanStep } from '$lib/journey/index.ts';
import type { Store } from '../../app.ts';
import type { Db } from '../../db/db.ts';
import { identitiesOf } from '../../people/find-people.ts';
import { coveredQuestion, mayShowQuestion } from '../../people/question.ts';
import { loadAttributes, type AttributeRow } from '../../people/registry.ts';
import type { Identity, Sight } from '../../people/sight.ts';
import { doerOf, mayDo, type Member } from '../../tasks/doer.ts';
import type { OpenTask } from '../../tasks/kind.ts';
import { loadNames, type LoadedNames } from '../reports/names.ts';
import { stepTitle } from '../reports/step-title.ts';
import { reasonWords, sentence } from '../reports/words.ts';
import type { TaskTold } from './task-schema.ts';

interface Place {
	slug: string;
	name: string;
	/** Null where its version has no such step. */
	drawn: PlanStep | null;
}

interface Surroundings {
	places: Map<string, Place>;
	names: LoadedNames;
	people: Map<number, Identity | null>;
	registry: readonly AttributeRow[];
	team: readonly Member[];
	sight: Sight;
	now: number;
}

/** Tells `tasks` in their order. `now` in ms since 1970. */
export async function tellTasks(
	store: Store,
	{ sight, team, now }: Pick<Surroundings, 'sight' | 'team' | 'now'>,
	tasks: readonly OpenTask[]
): Promise<TaskTold[]> {
	const about = tasks.flatMap(({ contactId }) => contactId ?? []);
	const surroundings = {
		places: await loadPlaces(store.pool, tasks),
		names: await loadNames(store.pool),
		people: await identitiesOf(store, sight, about),
		registry: await loadAttributes(store.pool),
		team,
		sight,
		now
	};
	return tasks.map((task) => tell(task, surroundings));
}

/** The step that a task is about, as its version has it. */
export async function findDrawn(db: Db, task: OpenTask): Promise<PlanStep | null> {
	return (await loadPlaces(db, [task])).get(placeOf(task))?.drawn ?? null;
}

function placeOf({ versionId, step }: Pick<OpenTask, 'versionId' | 'step'>): string {
	return `${versionId} ${step}`;
}

async function loadPlaces(db: Db, tasks: readonly OpenTask[]): Promise<Map<string, Place>> {
	const { rows } = await db.query<Place & { versionId: number; step: string }>(
		`select distinct u.version_id as "versionId", u.step, j.slug, j.name, v.plan -> 'steps' -> u.step as drawn
		from unnest($1::int[], $2::text[]) as u (version_id, step)
		join journey_versions v on v.id = u.version_id join journeys j on j.id = v.journey_id`,
		[tasks.map(({ versionId }) => versionId), tasks.map(({ step }) => step)]
	);
	return new Map(rows.map((row) => [placeOf(row), row]));
}

function tell(task: OpenTask, around: Surroundings): TaskTold {
	const { kind, key, contactId, since, until, dueAt, assignedTo, detail } = task;
	const place = around.places.get(placeOf(task));
	const assignee = around.team.find(({ id }) => id === assignedTo);
	return {
		kind,
		key,
		title: titleOf(task, place, around.names),
		person: contactId === null ? null : { id: contactId, identity: around.people.get(contactId) ?? null },
		journey: place ? { slug: place.slug, name: place.name } : null,
		since: since.toISOString(),
		until: until?.toISOString() ?? null,
		dueAt: dueAt?.toISOString() ?? null,
		isLate: dueAt !== null && dueAt.getTime() < around.now,
		assignee: assignee ? { id: assignee.id, name: assignee.name } : null,
		candidates: around.team.filter((member) => mayDo(doerOf(member), task)).map(({ id }) => id),
		question: questionOf(place, around),
		reason: detail?.reason ? sentence(reasonWords(detail.reason)) : null,
		retryable: detail?.retryable ?? false,
		emergency: detail?.emergency ?? null,
		attempts: detail?.attempts ?? []
	};
}

function titleOf({ key, detail }: OpenTask, place: Place | undefined, names: LoadedNames): string {
	return place ? stepTitle(place.drawn, names) : (detail?.label ?? key);
}

function questionOf(place: Place | undefined, { sight, registry }: Surroundings): TaskTold['question'] {
	if (place?.drawn?.kind !== 'wait.approval') return null;
	const { ask } = place.drawn.config;
	const { text, covered } = coveredQuestion(ask);
	return { text, covered, showable: covered && mayShowQuestion(sight, ask, registry) };
}

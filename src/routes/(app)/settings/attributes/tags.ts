/** What an attribute tells about a person, in plain words. */
import type { AppRouter } from '$lib/server/api/router.ts';
import type { Tone } from '$lib/ui/tones.ts';
import type { inferRouterOutputs } from '@trpc/server';
import { sensitiveKinds } from '../../people/sensitive-kinds.ts';

export type Attribute = inferRouterOutputs<AppRouter>['attributes']['list']['attributes'][number];
export type Tag = Attribute['tag'];

export const tags: Record<Tag, { label: string; hint: string; tone: Tone }> = {
	none: {
		label: 'Says nothing about health',
		hint: 'Seen by everybody who sees the person, and kept readable, which makes audiences fast.',
		tone: 'neutral'
	},
	limited: {
		label: 'Date or place',
		hint: 'Kept sealed. Whoever may not see health information sees the year, or nothing.',
		tone: 'people'
	},
	phi: {
		label: 'Health information',
		hint: 'Kept sealed, and covered until somebody asks for it with a reason.',
		tone: 'message'
	},
	sensitive: {
		label: 'Specially protected',
		hint: 'Protected by a further law, such as 42 CFR Part 2. Only an owner can show it.',
		tone: 'warn'
	}
};

export const types: Record<Attribute['type'], string> = {
	text: 'Text',
	number: 'Number',
	boolean: 'Yes or no',
	date: 'Date',
	datetime: 'Date and time',
	list: 'List'
};

/** What a value looks like, in a sentence. */
export const typesInSentence: Record<Attribute['type'], string> = {
	text: 'text',
	number: 'a number',
	boolean: 'yes or no',
	date: 'a date',
	datetime: 'a date and time',
	list: 'a list'
};

/** "Specially protected: HIV". */
export function tagInWords({ tag, sensitiveKind }: Pick<Attribute, 'tag' | 'sensitiveKind'>): string {
	return sensitiveKind ? `${tags[tag].label}: ${sensitiveKinds[sensitiveKind]}` : tags[tag].label;
}

export const tagOptions = (Object.keys(tags) as Tag[]).map((value) => ({ value, label: tags[value].label }));
export const typeOptions = (Object.keys(types) as Attribute['type'][]).map((value) => ({
	value,
	label: types[value]
}));
export const kindOptions = (Object.keys(sensitiveKinds) as (keyof typeof sensitiveKinds)[]).map((value) => ({
	value,
	label: sensitiveKinds[value]
}));

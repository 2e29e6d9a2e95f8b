/** One task as the page shows it, and what each kind is called. */
import ClipboardCheck from '@lucide/svelte/icons/clipboard-check';
import MailWarning from '@lucide/svelte/icons/mail-warning';
import Siren from '@lucide/svelte/icons/siren';
import Tag from '@lucide/svelte/icons/tag';
import UserRoundX from '@lucide/svelte/icons/user-round-x';
import type { inferRouterOutputs } from '@trpc/server';
import type { Component } from 'svelte';
import type { AppRouter } from '$lib/server/api/router.ts';

export type TaskList = inferRouterOutputs<AppRouter>['tasks']['list'];
export type Task = TaskList['kinds'][number]['tasks'][number];

interface KindWords {
	title: string;
	/** What there is to do, in a sentence. */
	lead: string;
	icon: Component<{ class?: string; 'aria-hidden'?: 'true' }>;
	/** Classes of the tile behind the icon. */
	tile: string;
}

export const kindWords: Record<Task['kind'], KindWords> = {
	emergency: {
		title: 'Emergency access',
		lead: 'Somebody saw people whom their role does not show. Look at what they opened, and why.',
		icon: Siren,
		tile: 'bg-warn-soft text-warn'
	},
	approval: {
		title: 'Approvals',
		lead: 'A journey waits for somebody to look at this person first. The first answer counts.',
		icon: ClipboardCheck,
		tile: 'bg-wait-soft text-wait'
	},
	'unknown-message': {
		title: 'Held messages',
		lead: 'Nobody knows whether these were sent. They are not sent again unless you say so.',
		icon: MailWarning,
		tile: 'bg-message-soft text-message'
	},
	'failed-enrollment': {
		title: 'Stuck in a journey',
		lead: 'An error stopped these people where they stood. Once it is mended, try again.',
		icon: UserRoundX,
		tile: 'bg-loss-soft text-loss'
	},
	'quarantined-attribute': {
		title: 'New attributes',
		lead: 'These came in and nobody has said what they are. Until then no journey can use them.',
		icon: Tag,
		tile: 'bg-people-soft text-people'
	}
};

/** What a task is called where one must be told from another: read aloud on its buttons. */
export function nameOf({ person, title }: Task): string {
	return person ? `${whoOf(person)}, ${title}` : title;
}

export function whoOf({ identity }: NonNullable<Task['person']>): string {
	return identity ? (identity.name ?? identity.publicId) : 'Somebody who can’t be read';
}

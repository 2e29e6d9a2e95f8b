/** The places of the product, in the order of the navigation. */
import Activity from '@lucide/svelte/icons/activity';
import Inbox from '@lucide/svelte/icons/inbox';
import ListChecks from '@lucide/svelte/icons/list-checks';
import Mail from '@lucide/svelte/icons/mail';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import Settings from '@lucide/svelte/icons/settings';
import StickyNote from '@lucide/svelte/icons/sticky-note';
import UserRoundCog from '@lucide/svelte/icons/user-round-cog';
import Users from '@lucide/svelte/icons/users';
import Workflow from '@lucide/svelte/icons/workflow';
import type { Component } from 'svelte';

export interface Place {
	href: string;
	label: string;
	/** Where the whole name has no room, under an icon on a phone. */
	short: string;
	icon: Component<{ class?: string }>;
	/** How much waits there; 0 for none. */
	waiting?: number;
}

/** Which places somebody may open. */
export interface May {
	journeys: boolean;
	tasks: boolean;
	people: boolean;
	messages: boolean;
	mail: boolean;
	notes: boolean;
	operations: boolean;
	audit: boolean;
	team: boolean;
	settings: boolean;
	/** Opened from one's own menu: nobody goes there by the way. */
	emergency: boolean;
}

/** `tasks`: how many wait for whoever is signed in. */
export function placesFor(may: May, tasks: number): Place[] {
	const places: (Place & { allowed: boolean })[] = [
		{ href: '/journeys', label: 'Journeys', short: 'Journeys', icon: Workflow, allowed: may.journeys },
		{
			href: '/tasks',
			label: 'Tasks',
			short: 'Tasks',
			icon: ListChecks,
			allowed: may.tasks,
			waiting: tasks
		},
		{ href: '/people', label: 'People', short: 'People', icon: Users, allowed: may.people },
		{ href: '/messages', label: 'Messages', short: 'Messages', icon: Mail, allowed: may.messages },
		{ href: '/mail', label: 'Caught mail', short: 'Caught', icon: Inbox, allowed: may.mail },
		{ href: '/notes', label: 'Notes', short: 'Notes', icon: StickyNote, allowed: may.notes },
		{
			href: '/operations',
			label: 'Operations',
			short: 'Operations',
			icon: Activity,
			allowed: may.operations
		},
		{ href: '/audit', label: 'Audit log', short: 'Audit', icon: ScrollText, allowed: may.audit },
		{ href: '/members', label: 'Team', short: 'Team', icon: UserRoundCog, allowed: may.team },
		{ href: '/settings', label: 'Settings', short: 'Settings', icon: Settings, allowed: may.settings }
	];
	return places.filter((place) => place.allowed);
}

/** A number that has room in a corner. */
export function shortCount(count: number): string {
	return count > 99 ? '99+' : String(count);
}

export function isAt(place: Place, path: string): boolean {
	return path === place.href || path.startsWith(`${place.href}/`);
}

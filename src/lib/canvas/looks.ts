/** The picture and the colours of a step kind. Colour means the group. */
import Activity from '@lucide/svelte/icons/activity';
import BellRing from '@lucide/svelte/icons/bell-ring';
import CalendarClock from '@lucide/svelte/icons/calendar-clock';
import Clock from '@lucide/svelte/icons/clock';
import LogOut from '@lucide/svelte/icons/log-out';
import Mail from '@lucide/svelte/icons/mail';
import MousePointerClick from '@lucide/svelte/icons/mouse-pointer-click';
import Split from '@lucide/svelte/icons/split';
import Webhook from '@lucide/svelte/icons/webhook';
import type { Component } from 'svelte';
import { kinds, type StepGroup } from '$lib/journey/kinds.ts';
import type { StepKind } from '$lib/journey/document.ts';

type Icon = Component<{ class?: string; 'aria-hidden'?: 'true'; strokeWidth?: number }>;

const icons: Record<StepKind, Icon> = {
	'trigger.time': CalendarClock,
	'trigger.behavior': MousePointerClick,
	'trigger.transactional': Activity,
	'trigger.api': Webhook,
	'decide.if': Split,
	'wait.for': Clock,
	'wait.event': BellRing,
	'send.email': Mail,
	exit: LogOut
};

const tiles: Record<StepGroup, string> = {
	trigger: 'bg-trigger-soft text-trigger',
	decision: 'bg-decision-soft text-decision',
	wait: 'bg-wait-soft text-wait',
	message: 'bg-message-soft text-message',
	end: 'bg-end-soft text-end'
};

export const groupTitles: Record<StepGroup, string> = {
	trigger: 'Triggers',
	decision: 'Decisions',
	wait: 'Waits',
	message: 'Messages',
	end: 'Ends'
};

export function iconOf(kind: StepKind): Icon {
	return icons[kind];
}

/** Classes of the small tile behind the icon. */
export function tileOf(kind: StepKind): string {
	return tiles[kinds[kind].group];
}

/** All kinds by group, in the order of the palette. */
export const palette: readonly { group: StepGroup; kinds: readonly StepKind[] }[] = (
	Object.keys(groupTitles) as StepGroup[]
).map((group) => ({
	group,
	kinds: (Object.keys(kinds) as StepKind[]).filter((kind) => kinds[kind].group === group)
}));

/** The picture and the colours of a step kind. Colour means the group. */
import Activity from '@lucide/svelte/icons/activity';
import BellRing from '@lucide/svelte/icons/bell-ring';
import CalendarCheck from '@lucide/svelte/icons/calendar-check';
import CalendarClock from '@lucide/svelte/icons/calendar-clock';
import ClipboardCheck from '@lucide/svelte/icons/clipboard-check';
import Clock from '@lucide/svelte/icons/clock';
import Dices from '@lucide/svelte/icons/dices';
import Gauge from '@lucide/svelte/icons/gauge';
import Hand from '@lucide/svelte/icons/hand';
import LogOut from '@lucide/svelte/icons/log-out';
import Mail from '@lucide/svelte/icons/mail';
import Megaphone from '@lucide/svelte/icons/megaphone';
import MousePointerClick from '@lucide/svelte/icons/mouse-pointer-click';
import Plug from '@lucide/svelte/icons/plug';
import Signpost from '@lucide/svelte/icons/signpost';
import Smartphone from '@lucide/svelte/icons/smartphone';
import Split from '@lucide/svelte/icons/split';
import UserMinus from '@lucide/svelte/icons/user-minus';
import UserPen from '@lucide/svelte/icons/user-pen';
import UserPlus from '@lucide/svelte/icons/user-plus';
import Users from '@lucide/svelte/icons/users';
import Webhook from '@lucide/svelte/icons/webhook';
import Workflow from '@lucide/svelte/icons/workflow';
import type { Component } from 'svelte';
import { STEP_GROUPS, kinds, type StepGroup } from '$lib/journey/kinds.ts';
import { RUNNABLE_KINDS } from '$lib/journey/runnable.ts';
import type { StepKind } from '$lib/journey/document.ts';

type Icon = Component<{ class?: string; 'aria-hidden'?: 'true'; strokeWidth?: number }>;

const icons: Record<StepKind, Icon> = {
	'trigger.time': CalendarClock,
	'trigger.behavior': MousePointerClick,
	'trigger.transactional': Activity,
	'trigger.api': Webhook,
	'trigger.segment': Users,
	'trigger.manual': Hand,
	'decide.if': Split,
	'decide.match': Signpost,
	'decide.random': Dices,
	'wait.for': Clock,
	'wait.until': CalendarCheck,
	'wait.event': BellRing,
	'wait.pace': Gauge,
	'wait.approval': ClipboardCheck,
	'send.email': Mail,
	'send.text': Smartphone,
	'contact.update': UserPen,
	'segment.add': UserPlus,
	'segment.remove': UserMinus,
	'notify.team': Megaphone,
	'webhook.call': Plug,
	'journey.enter': Workflow,
	exit: LogOut
};

const tiles: Record<StepGroup, string> = {
	trigger: 'bg-trigger-soft text-trigger',
	decision: 'bg-decision-soft text-decision',
	wait: 'bg-wait-soft text-wait',
	message: 'bg-message-soft text-message',
	people: 'bg-people-soft text-people',
	journey: 'bg-journey-soft text-journey',
	end: 'bg-end-soft text-end'
};

export const groupTitles: Record<StepGroup, string> = {
	trigger: 'Triggers',
	decision: 'Decisions',
	wait: 'Waits',
	message: 'Messages',
	people: 'People and systems',
	journey: 'Journeys',
	end: 'Ends'
};

export function iconOf(kind: StepKind): Icon {
	return icons[kind];
}

/** Classes of the small tile behind the icon. */
export function tileOf(kind: StepKind): string {
	return tiles[kinds[kind].group];
}

/** The kinds that can be added, by group: what this version can't run is edited where it is, and not offered. */
export const palette: readonly { group: StepGroup; kinds: readonly StepKind[] }[] = STEP_GROUPS.map(
	(group) => ({
		group,
		kinds: (Object.keys(kinds) as StepKind[]).filter(
			(kind) => kinds[kind].group === group && RUNNABLE_KINDS.has(kind)
		)
	})
).filter((each) => each.kinds.length > 0);

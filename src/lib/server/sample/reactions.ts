/** How the sample's people react to a message: by a draw that belongs to the message, so a replay gives the same answers. */
import { between, draw } from './draw.ts';
import { DAY, MINUTE } from './span.ts';

/** A message as it was handed over. */
export interface SentMessage {
	/** The journey's slug. */
	journey: string;
	step: string;
	contactPublicId: string;
	/** Milliseconds since 1970. */
	sentAt: number;
	/** The payload of the event that let the contact in. */
	trigger: Record<string, unknown>;
}

/** What follows, each so many milliseconds after the hand-over. What is not there does not happen. */
export interface Reaction {
	/** A mailbox that fetches all pictures at once opens the message, not a person. */
	machineOpenAfterMs?: number;
	openAfterMs?: number;
	clickAfterMs?: number;
	/** Which of the message's links is clicked, counted from 0. */
	link?: number;
	unsubscribeAfterMs?: number;
	/** Business events that the message brings about, with their idempotency keys. */
	events: { afterMs: number; name: string; properties: Record<string, unknown>; key: string }[];
}

interface Habit {
	/** Shares of all who get the message. */
	opened: number;
	clicked: number;
	unsubscribed?: number;
	/** What most who clicked then do. */
	then?: 'survey' | 'check-up' | 'follow-up';
}

const usual: Habit = { opened: 0.6, clicked: 0.3 };

const habitByStep = new Map<string, Habit>([
	['post-visit-follow-up/survey', { opened: 0.64, clicked: 0.4, then: 'survey' }],
	['post-visit-follow-up/reminder', { opened: 0.5, clicked: 0.28, then: 'survey' }],
	['post-visit-follow-up/make-it-right', { opened: 0.8, clicked: 0.4 }],
	['post-visit-follow-up/letter', { opened: 0.46, clicked: 0.14, unsubscribed: 0.05 }],
	['lab-result-ready/result-notice', { opened: 0.84, clicked: 0.58 }],
	['lab-result-ready/result-reminder', { opened: 0.7, clicked: 0.5 }],
	['lab-result-ready/book', { opened: 0.82, clicked: 0.6, then: 'follow-up' }],
	['birthday-check-up/check-up', { opened: 0.58, clicked: 0.3, then: 'check-up' }],
	['birthday-check-up/screenings', { opened: 0.66, clicked: 0.38, then: 'check-up' }],
	['birthday-check-up/reminder', { opened: 0.5, clicked: 0.24, then: 'check-up' }],
	['eob-ready/eob-notice', { opened: 0.56, clicked: 0.3 }],
	['eob-ready/eob-reminder', { opened: 0.42, clicked: 0.22 }]
]);

/** What `message` brings about: nothing, or an open, perhaps a click, and what comes of the click. */
export function react(message: SentMessage): Reaction {
	const { journey, step, contactPublicId, sentAt } = message;
	const key = [journey, step, contactPublicId, sentAt];
	const habit = habitByStep.get(`${journey}/${step}`) ?? usual;
	const reaction: Reaction = { events: [] };
	if (draw(contactPublicId, 'fetching mailbox') < 0.13)
		reaction.machineOpenAfterMs = between(800, 6000, ...key, 'machine');
	// One draw for both: whoever clicks has opened, and the shares are of all who get the message.
	const interest = draw(...key, 'interest') / temperOf(contactPublicId);
	if (interest >= habit.opened) return reaction;
	reaction.openAfterMs = delayOf(key);
	if (habit.unsubscribed && draw(...key, 'unsubscribe') < habit.unsubscribed / habit.opened)
		reaction.unsubscribeAfterMs = reaction.openAfterMs + between(10_000, 60_000, ...key, 'had enough');
	else if (interest < habit.clicked) {
		reaction.clickAfterMs = reaction.openAfterMs + between(15_000, 5 * MINUTE, ...key, 'click');
		reaction.link = 0;
		reaction.events = consequencesOf(message, habit, reaction.clickAfterMs);
	}
	return reaction;
}

/** Some read everything, some hardly anything; 1 on average. */
function temperOf(contactPublicId: string): number {
	return 0.7 + 0.6 * draw(contactPublicId, 'temper');
}

/** From three minutes to nearly three days; half have opened within two hours. */
function delayOf(key: (string | number)[]): number {
	return Math.round(3 * MINUTE * ((2.9 * DAY) / (3 * MINUTE)) ** draw(...key, 'delay'));
}

function consequencesOf(message: SentMessage, { then }: Habit, clickAfterMs: number): Reaction['events'] {
	const key = [message.journey, message.step, message.contactPublicId, message.sentAt].join('/');
	if (!then || draw(key, 'goes through with it') >= 0.85) return [];
	const afterMs = clickAfterMs + between(MINUTE, 6 * MINUTE, key, 'takes');
	if (then !== 'survey')
		return [{ afterMs, name: 'appointment.booked', properties: { reason: then }, key: `appointment/${key}` }];
	const visitId = String(message.trigger.visitId);
	const properties = { visitId, score: scoreOf(visitId) };
	return [{ afterMs, name: 'survey.submitted', properties, key: `survey/${visitId}` }];
}

/** 0 to 10, as "How likely are you to recommend us?" is answered. */
function scoreOf(visitId: string): number {
	return draw(visitId, 'unhappy') < 0.18 ? between(1, 6, visitId, 'score') : between(7, 10, visitId, 'score');
}

/** What an operator is told first: whether all is well, and if not, what is wrong and what to do. Pure. */
import { whatTripped } from '../../text/breaker.ts';
import { formatCount, formatNumber, formatSpan } from '../../text/format.ts';
import { COUNTED, type BrokenJourney, type DueState, type ProcessState } from './state.ts';
import type { TaskState, TrafficState } from './state.ts';
import { taskWords } from './task-words.ts';

// The minute's cron finds what a lost wake-up left behind; what is later than that nobody works on, or too few do.
export const LATE_S = 60;
// A treatment reminder is to move within two seconds beside any crowd; five times that is no slow moment any more.
export const TREATMENT_LATE_S = 10;
// Events are routed as they come, and by the same cron.
export const EVENT_LATE_S = 60;
// Under load the invitation to one more lane may wait while every lane is at work; five minutes of that are no load.
export const JOB_LATE_S = 300;
// Hearts beat every five seconds: three missed beats. At thirty the others take over what it held.
export const QUIET_S = 15;
// Mail servers put off a few unknown senders at a time; fifty at once is a server that is down, or refuses us.
export const MANY_DEFERRED = 50;

export interface Figures {
	due: DueState;
	traffic: TrafficState;
	/** Requests on this process's disk: those that wait for the database, and those that it refused. */
	spool: { waiting: number; refused: number; file: string };
	processes: readonly ProcessState[];
	tasks: readonly TaskState[];
	/** People whom an error stopped, counted up to `COUNTED`, and in how many journeys. */
	stopped: { people: number; journeys: number };
	/** What could not be routed or let in, by why, counted up to `COUNTED`. */
	aside: readonly { count: number }[];
	broken: readonly BrokenJourney[];
}

/** `wrong`: somebody is not served. `watch`: look at it before it becomes that. */
export type Level = 'well' | 'watch' | 'wrong';

export const FINDING_CODES = [
	'no-worker',
	'no-sender',
	'treatment-late',
	'late',
	'events-late',
	'stopped-people',
	'set-aside',
	'failed-jobs',
	'breaker',
	'quiet-process',
	'jobs-late',
	'unknown-messages',
	'many-deferred',
	'spooled',
	'spool-refused'
] as const;

export interface Finding {
	code: (typeof FINDING_CODES)[number];
	level: Exclude<Level, 'well'>;
	title: string;
	/** What it means, in a sentence. */
	text: string;
	/** What to do about it. */
	todo: string;
	/** The journey that it is about. */
	journey?: string;
}

export interface Verdict {
	level: Level;
	headline: string;
	/** What is wrong first, in the order in which to look at it. */
	findings: Finding[];
}

export function judge(figures: Figures): Verdict {
	const found = [
		...aboutProcesses(figures),
		...aboutLateness(figures),
		...aboutFailures(figures),
		...figures.broken.map(brokenBy),
		...aboutMessages(figures)
	];
	const findings = [
		...found.filter(({ level }) => level === 'wrong'),
		...found.filter(({ level }) => level === 'watch')
	];
	return { level: findings[0]?.level ?? 'well', headline: headlineOf(findings), findings };
}

function headlineOf(findings: readonly Finding[]): string {
	const [first, ...more] = findings;
	if (!first) return 'All is well';
	if (more.length === 0) return first.title;
	const wrong = findings.filter(({ level }) => level === 'wrong').length;
	const watch = findings.length - wrong;
	if (wrong === 0) return `${watch} things to look at`;
	const rest = watch === 0 ? '' : `, ${watch} to look at`;
	return `${formatCount(wrong, 'thing is', 'things are')} wrong${rest}`;
}

/** Whether a living process that is not about to end does this. */
function isDone({ processes }: Figures, by: 'worker' | 'sender'): boolean {
	return processes.some(
		({ role, isAlive, isDraining }) => isAlive && !isDraining && (role === 'all' || role === by)
	);
}

const LOST = 'Nothing is lost meanwhile: whoever waits goes on where they stood.';

function* aboutProcesses(figures: Figures): Generator<Finding> {
	const { due, traffic, processes } = figures;
	if (!isDone(figures, 'worker'))
		yield {
			code: 'no-worker',
			level: 'wrong',
			title: 'Nobody moves people on',
			text: `No worker is running${due.due > 0 ? `; ${countOf(due.due, 'person is', 'people are')} due, the oldest for ${spanOf(due.lagS)}` : ''}.`,
			todo: `Start one: npm start -- --role worker, or npm start where one process does everything. ${LOST}`
		};
	if (!isDone(figures, 'sender')) {
		const { queued } = traffic.messages;
		yield {
			code: 'no-sender',
			level: queued > 0 ? 'wrong' : 'watch',
			title: 'No message goes out',
			text: `No sender is running${queued > 0 ? `; ${countOf(queued, 'message waits', 'messages wait')}` : ''}.`,
			todo: 'Start one: npm start -- --role sender, or npm start where one process does everything. What waits goes out then.'
		};
	}
	for (const { role, host, pid, quietS } of processes)
		if (quietS >= QUIET_S)
			yield {
				code: 'quiet-process',
				level: 'watch',
				title: 'A process is silent',
				text: `The process ${pid} on ${host} (${role}) gave no sign of life for ${spanOf(quietS)}.`,
				todo: 'Look whether it still runs, and start it again. After 30 seconds the others take over what it held.'
			};
}

const MORE_HANDS =
	'Look whether the disk or the processor of the database is busy. Where there is room, another worker helps: npm start -- --role worker.';

// Without a worker all of this follows from that, and is no news.
function* aboutLateness(figures: Figures): Generator<Finding> {
	const { due, traffic, tasks } = figures;
	if (!isDone(figures, 'worker')) return;
	if (due.treatmentLagS > TREATMENT_LATE_S)
		yield {
			code: 'treatment-late',
			level: 'wrong',
			title: 'Treatment is late',
			text: `Somebody in a journey that sends for treatment is due for ${spanOf(due.treatmentLagS)} already.`,
			todo: MORE_HANDS
		};
	if (due.lagS > LATE_S && due.lagS > due.treatmentLagS)
		yield {
			code: 'late',
			level: 'wrong',
			title: 'Journeys are late',
			text: `${countOf(due.due, 'person is', 'people are')} due, the oldest for ${spanOf(due.lagS)}.`,
			todo: `A crowd that came at once is caught up by itself: watch whether the number falls. ${MORE_HANDS}`
		};
	if (traffic.events > 0 && traffic.eventsWaitS > EVENT_LATE_S)
		yield {
			code: 'events-late',
			level: 'wrong',
			title: 'Events wait',
			text: `Nobody has looked at ${countOf(traffic.events, 'event')} yet; the oldest waits for ${spanOf(traffic.eventsWaitS)}.`,
			todo: `They are safe, and routed in their order. ${MORE_HANDS}`
		};
	const late = tasks.filter(({ waiting, waitS }) => waiting > 0 && waitS > JOB_LATE_S);
	if (late.length > 0)
		yield {
			code: 'jobs-late',
			level: 'watch',
			title: 'Jobs wait',
			text: `${late.map(({ task, waitS }) => `“${taskWords(task)}” for ${spanOf(waitS)}`).join(', ')}.`,
			todo: 'Whoever does them is busy or gone: see the processes below, and start another.'
		};
}

function* aboutFailures({ stopped, aside, tasks }: Figures): Generator<Finding> {
	if (stopped.people > 0)
		yield {
			code: 'stopped-people',
			level: 'wrong',
			title: `${countOf(stopped.people, 'person is', 'people are')} stopped by an error`,
			text: `In ${formatCount(stopped.journeys, 'journey')}. Nothing tries them again by itself.`,
			todo: 'Mend the cause that stands beside them below, then try again: they go on where they stood.'
		};
	const left = aside.reduce((sum, { count }) => sum + count, 0);
	if (left > 0)
		yield {
			code: 'set-aside',
			level: 'wrong',
			title: `${countOf(left, 'event or entry is', 'events and entries are')} set aside`,
			text: 'Nobody was moved by them, and nothing tries them again by itself.',
			todo: 'Mend the cause that stands beside them below, then try again: each counts from then on, once.'
		};
	const failed = tasks.filter((each) => each.failed > 0);
	const jobs = failed.reduce((sum, each) => sum + each.failed, 0);
	if (jobs > 0)
		yield {
			code: 'failed-jobs',
			level: 'wrong',
			title: `${formatCount(jobs, 'job was', 'jobs were')} given up`,
			text: `${failed.map(({ task }) => `“${taskWords(task)}”`).join(', ')} failed at every try.`,
			todo: 'Mend the cause that stands beside it below, then have it done again. The log has the trace.'
		};
}

function brokenBy({ slug, name, trip }: BrokenJourney): Finding {
	const isBug = trip.reason.endsWith('-bound');
	return {
		code: 'breaker',
		level: isBug ? 'wrong' : 'watch',
		title: `“${name}” paused itself`,
		text: `The breaker stopped it: ${whatTripped(trip)}.`,
		todo: isBug
			? 'This is a bug, or a plan that was changed. Keep the log, look at the message that it names, and tell the owners before anybody resumes it.'
			: 'Whoever published it was told by mail, and resumes it once the cause is clear. Its messages are held, and its events kept.',
		journey: slug
	};
}

function* aboutMessages({ traffic, spool }: Figures): Generator<Finding> {
	const { unknown, deferred } = traffic.messages;
	if (unknown > 0)
		yield {
			code: 'unknown-messages',
			level: 'watch',
			title: `${countOf(unknown, 'message')} may or may not have been sent`,
			text: 'A sender stopped in the middle. They are held, and not sent again by themselves.',
			todo: 'Look for them in the mail server’s log. An owner or a marketer says under Tasks what became of each.'
		};
	if (deferred >= MANY_DEFERRED)
		yield {
			code: 'many-deferred',
			level: 'watch',
			title: 'The mail server puts messages off',
			text: `${countOf(deferred, 'message waits', 'messages wait')} for another try.`,
			todo: 'Look at the mail server and its log. They are tried again by themselves.'
		};
	if (spool.waiting > 0)
		yield {
			code: 'spooled',
			level: 'watch',
			title: 'Requests wait on this disk',
			text: `${formatCount(spool.waiting, 'request')} came while the database was away.`,
			todo: 'They are written by themselves, in their order. If the number does not fall, look at the log.'
		};
	if (spool.refused > 0)
		yield {
			code: 'spool-refused',
			level: 'watch',
			title: `${formatCount(spool.refused, 'request')} on this disk ${spool.refused === 1 ? 'was' : 'were'} refused`,
			text: `They came while the database was away, and could not be written later. They lie in ${spool.file}.`,
			todo: 'Why stands beside each, in the column refused. Have them sent again by the system that sent them, then delete these rows.'
		};
}

/** "3 people"; "10,000 or more people" where no further was counted. */
function countOf(count: number, one: string, many?: string): string {
	if (count < COUNTED) return formatCount(count, one, many);
	return `${formatNumber(COUNTED)} or more ${many ?? `${one}s`}`;
}

function spanOf(seconds: number): string {
	return formatSpan(seconds * 1000);
}

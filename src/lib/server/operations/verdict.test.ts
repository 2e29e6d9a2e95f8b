import { expect, test } from 'vitest';
import { COUNTED, type ProcessState, type TaskState } from './state.ts';
import {
	EVENT_LATE_S,
	JOB_LATE_S,
	judge,
	LATE_S,
	MANY_DEFERRED,
	QUIET_S,
	TREATMENT_LATE_S,
	type Figures
} from './verdict.ts';

const running = (more: Partial<ProcessState> = {}): ProcessState => ({
	id: 'p',
	role: 'all',
	host: 'clinic-1',
	pid: 7,
	runningS: 60,
	quietS: 1,
	isDraining: false,
	isAlive: true,
	...more
});
const task = (more: Partial<TaskState> = {}): TaskState => ({
	task: 'plan',
	waiting: 0,
	running: 0,
	planned: 1,
	failed: 0,
	waitS: 0,
	...more
});
const due = { lagS: 0, treatmentLagS: 0, due: 0 };
const messages = { queued: 0, deferred: 0, paused: 0, sending: 0, unknown: 0 };
const well: Figures = {
	due,
	traffic: { events: 0, eventsWaitS: 0, messages },
	spool: { waiting: 0, refused: 0, file: '/data/spool.sqlite' },
	processes: [running()],
	tasks: [task()],
	stopped: { people: 0, journeys: 0 },
	aside: [],
	broken: []
};

const codesOf = (more: Partial<Figures>) =>
	judge({ ...well, ...more }).findings.map(({ code, level }) => `${level} ${code}`);
const lagging = (lagS: number, treatmentLagS = 0) => ({ due: { due: 3, lagS, treatmentLagS } });
const sending = (more: Partial<typeof messages>) => ({
	traffic: { events: 0, eventsWaitS: 0, messages: { ...messages, ...more } }
});
const trip = { counted: 62, total: 1000, allowed: 500 };

test('nothing to find is said in three words', () => {
	expect(judge(well)).toEqual({ level: 'well', headline: 'All is well', findings: [] });
});

test.each<[string, Partial<Figures>, string[]]>([
	['no process at all', { processes: [] }, ['wrong no-worker', 'watch no-sender']],
	['pages alone', { processes: [running({ role: 'web' })] }, ['wrong no-worker', 'watch no-sender']],
	[
		'roles apart that are all there',
		{ processes: ['web', 'worker', 'sender'].map((role) => running({ role })) },
		[]
	],
	[
		'a worker that is dead',
		{ processes: [running({ role: 'sender' }), running({ role: 'worker', isAlive: false })] },
		['wrong no-worker']
	],
	[
		'a worker that ends',
		{ processes: [running({ role: 'sender' }), running({ role: 'worker', isDraining: true })] },
		['wrong no-worker']
	],
	[
		'no sender while messages wait',
		{ processes: [running({ role: 'worker' })], ...sending({ queued: 1 }) },
		['wrong no-sender']
	],
	[
		'no sender while only those of a paused journey wait',
		{ processes: [running({ role: 'worker' })], ...sending({ paused: 9 }) },
		['watch no-sender']
	],
	['a beat that is a little late', { processes: [running({ quietS: QUIET_S - 1 })] }, []],
	['three missed beats', { processes: [running({ quietS: QUIET_S })] }, ['watch quiet-process']],
	['people a minute late', lagging(LATE_S), []],
	['people more than a minute late', lagging(LATE_S + 1), ['wrong late']],
	['treatment ten seconds late', lagging(TREATMENT_LATE_S, TREATMENT_LATE_S), []],
	['treatment later than that', lagging(11, 11), ['wrong treatment-late']],
	['all people late because treatment is', lagging(90, 90), ['wrong treatment-late']],
	['treatment late, and others later', lagging(300, 90), ['wrong treatment-late', 'wrong late']],
	[
		'lateness that no worker explains',
		{ processes: [running({ role: 'sender' })], ...lagging(300, 90) },
		['wrong no-worker']
	],
	['events that came just now', { traffic: { events: 9, eventsWaitS: EVENT_LATE_S, messages } }, []],
	[
		'events that nobody looks at',
		{ traffic: { events: 9, eventsWaitS: EVENT_LATE_S + 1, messages } },
		['wrong events-late']
	],
	['a job behind a busy lane', { tasks: [task({ waiting: 1, waitS: JOB_LATE_S })] }, []],
	['a job that nobody takes', { tasks: [task({ waiting: 1, waitS: JOB_LATE_S + 1 })] }, ['watch jobs-late']],
	['a job given up', { tasks: [task({ failed: 1 })] }, ['wrong failed-jobs']],
	['people stopped by an error', { stopped: { people: 3, journeys: 1 } }, ['wrong stopped-people']],
	[
		'a journey paused for its bounces',
		{ broken: [{ slug: 'a', name: 'A', trip: { ...trip, reason: 'bounces' } }] },
		['watch breaker']
	],
	[
		'a journey paused for what should never happen',
		{
			broken: [{ slug: 'a', name: 'A', trip: { reason: 'day-bound', counted: 3, total: null, allowed: 2 } }]
		},
		['wrong breaker']
	],
	['messages of which nobody knows', sending({ unknown: 1 }), ['watch unknown-messages']],
	['a few messages put off', sending({ deferred: MANY_DEFERRED - 1 }), []],
	['many messages put off', sending({ deferred: MANY_DEFERRED }), ['watch many-deferred']],
	['messages on their way', sending({ queued: 5000, sending: 40, paused: 300 }), []],
	['requests on the disk', { spool: { ...well.spool, waiting: 1 } }, ['watch spooled']],
	['requests that were refused', { spool: { ...well.spool, refused: 1 } }, ['watch spool-refused']],
	['events set aside', { aside: [{ count: 1 }, { count: 2 }] }, ['wrong set-aside']]
])('%s', (_, figures, expected) => {
	expect(codesOf(figures)).toEqual(expected);
});

test('what is wrong stands before what is to be looked at, and both are counted', () => {
	const verdict = judge({
		...well,
		spool: { ...well.spool, waiting: 2 },
		stopped: { people: 1, journeys: 1 },
		tasks: [task({ failed: 2 })]
	});
	expect(verdict.level).toBe('wrong');
	expect(verdict.headline).toBe('2 things are wrong, 1 to look at');
	expect(verdict.findings.map(({ title }) => title)).toEqual([
		'1 person is stopped by an error',
		'2 jobs were given up',
		'Requests wait on this disk'
	]);
});

test('one finding alone is the headline, and says what to do', () => {
	const { headline, findings } = judge({
		...well,
		processes: [running({ role: 'sender' })],
		...lagging(240)
	});
	expect(headline).toBe('Nobody moves people on');
	expect(findings[0]).toMatchObject({
		text: 'No worker is running; 3 people are due, the oldest for 4 min.',
		todo: expect.stringContaining('npm start -- --role worker') as string
	});
});

test('a number that was not counted to its end says so', () => {
	const { findings } = judge({ ...well, stopped: { people: COUNTED, journeys: 2 } });
	expect(findings[0]).toMatchObject({
		title: '10,000 or more people are stopped by an error',
		text: 'In 2 journeys. Nothing tries them again by itself.'
	});
});

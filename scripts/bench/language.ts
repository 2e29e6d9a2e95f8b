// The language by itself: the compiler, the interpreter, the rehearsal. No database.
import {
	advance,
	compile,
	type EnrollmentState,
	type Plan,
	type Workspace,
	type World
} from '$lib/journey/index.ts';
import { rehearse } from '$lib/journey/rehearse/rehearse.ts';
import type { Scenario } from '$lib/journey/rehearse/scenario.ts';
import type { Figures } from './main.ts';
import { sevenSteps } from './seven-steps.ts';

const START = Date.parse('2026-03-02T15:00:00Z');
const CONTACTS = 10_000;
/** How long each figure is measured, after it was warmed for as long. */
const MEASURED_MS = 2_000;

/** What the drawn journeys name. */
export const workspace: Workspace = {
	timezone: 'UTC',
	attributes: [{ key: 'age', label: 'Age', type: 'number', phi: true }],
	templates: [
		{
			slug: 'hello',
			name: 'Hello',
			channel: 'email',
			subject: 'Hello',
			text: 'Hello.',
			reads: [],
			subjectReads: []
		}
	]
};

interface Step {
	id: string;
	kind: string;
	config: Record<string, unknown>;
}

/** A journey as people draw them: every fifth step decides, its two ways come together again, waits and emails between. */
function drawn(length: number): { steps: Step[]; edges: { from: string; outcome: string; to: string }[] } {
	const steps: Step[] = [{ id: 's0', kind: 'trigger.transactional', config: { event: 'go' } }];
	const edges: { from: string; outcome: string; to: string }[] = [];
	const kinds: ((n: number) => Omit<Step, 'id'>)[] = [
		(n) => ({ kind: 'decide.if', config: { where: { attribute: 'age', op: '>', value: n % 90 } } }),
		() => ({ kind: 'send.email', config: { template: 'hello', purpose: 'operations' } }),
		() => ({ kind: 'wait.for', config: { duration: 'P1D' } }),
		() => ({ kind: 'wait.event', config: { event: 'seen', timeout: 'P2D' } }),
		() => ({ kind: 'contact.update', config: { set: { age: 40 } } })
	];
	for (let n = 1; n < length; n++) {
		const kind = kinds[n % kinds.length];
		if (kind) steps.push({ id: `s${n}`, ...kind(n) });
	}
	steps.forEach(({ id, kind }, n) => {
		const to = (ahead: number, outcome: string) =>
			n + ahead < steps.length ? edges.push({ from: id, outcome, to: `s${n + ahead}` }) : 0;
		if (kind === 'decide.if') {
			to(1, 'yes');
			to(2, 'no');
		} else if (kind === 'wait.event') {
			to(1, 'happened');
			to(2, 'timeout');
		} else to(1, 'next');
	});
	return { steps, edges };
}

/** A drawn journey of so many steps; sound with `workspace`. */
export function documentOf(length: number): object {
	return {
		format: 'stepwell.journey/1',
		name: 'Drawn',
		settings: { timezone: 'America/New_York' },
		...drawn(length)
	};
}

/** How often `work` runs in a second, once it is warm. */
function perSecond(work: () => number): number {
	for (const until = performance.now() + MEASURED_MS; performance.now() < until;) work();
	const from = performance.now();
	let done = 0;
	while (performance.now() - from < MEASURED_MS) done += work();
	return (done * 1_000) / (performance.now() - from);
}

function compileMs(length: number): number {
	const document = documentOf(length);
	const rate = perSecond(() => {
		if (!compile(document, workspace, 'drawn').plan)
			throw new Error('The journey of the benchmark is not sound.');
		return 1;
	});
	return 1_000 / rate;
}

/** The seven steps of the runtime's benchmark, with all three wakes, in memory. */
function memoryStepsPerSecond(): number {
	const { plan } = compile(sevenSteps, workspace, 'seven-steps');
	if (!plan) throw new Error('The journey of the benchmark is not sound.');
	const worlds = Array.from({ length: 100 }, (_, n) => worldOf(n));
	let next = 0;
	return perSecond(() => {
		const world = worlds[next++ % worlds.length];
		return world ? passThrough(plan, world) : 0;
	});
}

function worldOf(n: number): World {
	return {
		contact: {
			id: `c${n}`,
			email: `c${n}@example.test`,
			phone: null,
			timezone: null,
			attributes: { age: n },
			createdAt: 0
		},
		workspaceTimezone: 'UTC',
		events: [],
		messages: [],
		consents: [],
		suppressions: [],
		marketingSentAt: []
	};
}

function passThrough(plan: Plan, world: World): number {
	let now = START;
	let result = advance(
		plan,
		{
			step: 'visit',
			arrivedAt: now,
			arrivals: {},
			visitCount: 0,
			enteredAt: now,
			trigger: {},
			standing: false
		},
		{ kind: 'start' },
		world,
		now
	);
	while (result.state === 'waiting' && result.dueAt !== null) {
		const { step, arrivedAt, arrivals, visitCount } = result;
		const state: EnrollmentState = {
			step,
			arrivedAt,
			arrivals,
			visitCount,
			enteredAt: START,
			trigger: {},
			standing: true
		};
		now = result.dueAt;
		result = advance(plan, state, { kind: 'due' }, world, now);
	}
	if (result.state !== 'exited') throw new Error(`A contact of the benchmark is ${result.state}.`);
	return result.visitCount;
}

/** Contacts a second through ten steps, compile and trace included. */
function rehearsedPerSecond(): number {
	const scenario: Scenario = {
		format: 'stepwell.scenario/1',
		journeys: [{ slug: 'drawn', document: documentOf(10) }],
		segments: [],
		attributes: [{ key: 'age', type: 'number' }],
		templates: [{ slug: 'hello', channel: 'email', subject: 'Hello', text: 'Hello.' }],
		contacts: Array.from({ length: CONTACTS }, (_, n) => ({
			id: `c${n}`,
			email: `c${n}@example.test`,
			attributes: { age: n % 90 }
		})),
		start: new Date(START).toISOString(),
		events: Array.from({ length: CONTACTS }, (_, n) => ({
			at: new Date(START + n * 1_000).toISOString(),
			contact: `c${n}`,
			name: 'go'
		})),
		until: new Date(START + 60 * 86_400_000).toISOString()
	};
	const from = performance.now();
	const { trace, isRefused } = rehearse(scenario);
	const seconds = (performance.now() - from) / 1_000;
	if (isRefused || trace.enrollments.length !== CONTACTS)
		throw new Error('The rehearsal of the benchmark is not whole.');
	return CONTACTS / seconds;
}

/** Compile times in ms for 10, 100 and 2,000 steps, steps a second in memory, rehearsed contacts a second. */
export function measureLanguage(): Figures {
	return {
		'language.compile_10_ms': compileMs(10),
		'language.compile_100_ms': compileMs(100),
		'language.compile_2000_ms': compileMs(2_000),
		'language.memory_steps_per_s': memoryStepsPerSecond(),
		'language.rehearse_contacts_per_s': rehearsedPerSecond()
	};
}

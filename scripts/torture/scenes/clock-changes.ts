// The clocks go forward and back, in several zones, and the runtime does what memory rehearses, to the millisecond.
import { pino } from 'pino';
import { rehearse } from '$lib/journey/rehearse/rehearse.ts';
import { parseScenario, type Scenario } from '$lib/journey/rehearse/scenario.ts';
import { printTrace } from '$lib/journey/rehearse/trace.ts';
import { rehearseOnPostgres } from '$lib/runtime/rehearse/rehearse.ts';
import { draw, email } from '../../../tests/support/journey.ts';
import type { TestDatabase } from '../../../tests/support/database.ts';
import type { Scene } from '../scene.ts';

const ZONES = ['America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/Sao_Paulo'];

// 02:30 does not exist on one of these nights, and comes twice on another.
const journey = draw(
	{
		come: ['trigger.transactional', { event: 'night.came' }],
		day: ['wait.for', { duration: 'P1D' }],
		night: ['wait.until', { at: '02:30' }, { maxVisits: 4 }],
		mail: email({}, { maxVisits: 4 }),
		end: ['exit', {}]
	},
	['come -> day', 'day -> night', 'night -> mail', 'mail -> night', 'night.repeat -> end'],
	{ timezone: 'America/New_York' }
);

// The nights before the changes of New York, Berlin and Lord Howe Island in 2026, and a day around them.
const changes = ['2026-03-06', '2026-03-27', '2026-04-03', '2026-10-02', '2026-10-23', '2026-10-30'];

/** `people` who begin two days before the clocks change, an hour after each other. */
export function nightsFrom(day: string, people: number): Scenario {
	const contacts = Array.from({ length: people }, (_, n) => ({
		id: `p${n + 1}`,
		email: `p${n + 1}@example.test`,
		timezone: ZONES[n % ZONES.length] ?? null
	}));
	const start = Date.parse(`${day}T00:00:00Z`);
	const hour = (n: number) => new Date(start + (n % 48) * 3_600_000).toISOString();
	const { scenario, faults } = parseScenario({
		format: 'stepwell.scenario/1',
		journeys: [{ slug: 'nights', document: journey }],
		templates: [{ slug: 'hello', channel: 'email', text: 'Hello.' }],
		contacts,
		start: hour(0),
		events: contacts.map(({ id }, n) => ({ at: hour(n), name: 'night.came', contact: id })),
		until: new Date(start + 9 * 24 * 3_600_000).toISOString()
	});
	if (!scenario) throw new Error(JSON.stringify(faults));
	return scenario;
}

/** Whether both engines print the same. */
export async function agree(scenario: Scenario, database: TestDatabase): Promise<boolean> {
	const log = pino({ level: 'silent' });
	const played = await rehearseOnPostgres(scenario, { ...database, log, dataFolder: '.data' });
	return printTrace(played) === printTrace(rehearse(scenario).trace);
}

export const clockChanges: Scene = {
	name: 'clock-changes',
	async play({ house, size }) {
		const people = size('TORTURE_NIGHTS', 100);
		const problems: string[] = [];
		for (const day of changes) {
			const database = await house.database();
			if (!(await agree(nightsFrom(day, people), database)))
				problems.push(`after ${day} the trace is not the rehearsed one`);
			await database.drop();
		}
		return {
			figures: `${changes.length} changes, ${people} contacts each in ${ZONES.length} zones`,
			problems
		};
	}
};

/** What `/metrics` tells: how the work stands on the database, and what this process did since it started. */
import type { App } from '../app.ts';
import { ingestOf } from '../ingest/ingest.ts';
import { meters } from '../meters.ts';
import type { Metric, Sample } from './metrics-text.ts';
import { countAside } from './set-aside.ts';
import { listProcesses, readDue, readTasks, readTraffic } from './state.ts';

export async function gatherMetrics(app: App): Promise<Metric[]> {
	return [...(await ofDatabaseIfThere(app)), ...ofProcess(app)];
}

// Just while the database is away somebody looks here.
async function ofDatabaseIfThere(app: App): Promise<Metric[]> {
	const up = (value: number) =>
		gauge('stepwell_database_up', 'Whether the database answers this process.', [{ value }]);
	try {
		return [up(1), ...(await ofDatabase(app))];
	} catch (error) {
		app.log.warn({ error }, 'the database could not be measured');
		return [up(0)];
	}
}

async function ofDatabase(app: App): Promise<Metric[]> {
	const due = await readDue(app);
	const tasks = await readTasks(app.pool);
	const traffic = await readTraffic(app);
	const aside = await countAside(app.pool);
	const alive = (await listProcesses(app.pool)).filter((each) => each.isAlive);
	return [
		gauge('stepwell_due_lag_seconds', 'How long the oldest due enrollment of live journeys waits.', [
			{ labels: { purpose: 'all' }, value: due.lagS },
			{ labels: { purpose: 'treatment' }, value: due.treatmentLagS }
		]),
		gauge('stepwell_due_enrollments', 'Enrollments due now, counted up to 10000.', [{ value: due.due }]),
		gauge(
			'stepwell_jobs',
			'Jobs in the queue by task and state.',
			tasks.flatMap(({ task, waiting, running, planned, failed }) =>
				byLabel('state', { waiting, running, planned, failed }).map((sample) => ({
					...sample,
					labels: { task, ...sample.labels }
				}))
			)
		),
		gauge('stepwell_event_queue', 'Events that are not routed yet, counted up to 10000.', [
			{ value: traffic.events }
		]),
		gauge('stepwell_set_aside', 'Events and entries that are set aside, counted up to 10000.', [
			{ value: aside.reduce((sum, { count }) => sum + count, 0) }
		]),
		gauge(
			'stepwell_messages',
			'Messages that are not settled, by state, counted up to 10000.',
			byLabel('state', traffic.messages)
		),
		gauge(
			'stepwell_workers_alive',
			'Processes that beat within the last 30 seconds, by role.',
			byLabel('role', countBy(alive.map((each) => each.role)))
		)
	];
}

function ofProcess(app: App): Metric[] {
	const { batches, steps, enrollmentsMoved, enrollmentsFailed, ...rest } = meters();
	const cpu = process.cpuUsage();
	const answersIntake = app.process?.role === undefined || ['all', 'web'].includes(app.process.role);
	return [
		{
			name: 'stepwell_batch_seconds',
			help: 'How long batches took that moved somebody.',
			type: 'histogram',
			samples: [
				...batches.bounds.map((bound, at) => ({
					suffix: '_bucket',
					labels: { le: String(bound) },
					value: batches.counts[at] ?? 0
				})),
				{ suffix: '_bucket', labels: { le: '+Inf' }, value: batches.count },
				{ suffix: '_sum', value: batches.sumS },
				{ suffix: '_count', value: batches.count }
			]
		},
		counter('stepwell_steps_total', 'Visits to steps.', [{ value: steps }]),
		counter('stepwell_enrollments_moved_total', 'Enrollments moved.', [{ value: enrollmentsMoved }]),
		counter('stepwell_enrollments_failed_total', 'Enrollments that failed.', [{ value: enrollmentsFailed }]),
		counter('stepwell_sends_total', 'Hand-overs by outcome.', byLabel('outcome', rest.handOvers)),
		counter(
			'stepwell_events_total',
			'Requests with facts and events, by what became of them.',
			byLabel('outcome', { accepted: rest.eventsAccepted, refused: rest.eventsRefused })
		),
		...(answersIntake
			? [
					gauge('stepwell_spool_requests', 'Requests that wait on this disk for the database.', [
						{ value: ingestOf(app).spool.waiting }
					])
				]
			: []),
		counter('process_cpu_seconds_total', 'CPU time of this process.', [
			{ value: (cpu.user + cpu.system) / 1e6 }
		]),
		gauge('process_resident_memory_bytes', 'Memory of this process.', [{ value: process.memoryUsage.rss() }])
	];
}

function gauge(name: string, help: string, samples: Sample[]): Metric {
	return { name, help, type: 'gauge', samples };
}

function counter(name: string, help: string, samples: Sample[]): Metric {
	return { name, help, type: 'counter', samples };
}

function byLabel(label: string, values: Record<string, number>): Sample[] {
	return Object.entries(values).map(([name, value]) => ({ labels: { [label]: name }, value }));
}

function countBy(names: readonly string[]): Record<string, number> {
	const counts: Record<string, number> = { all: 0, web: 0, worker: 0, sender: 0 };
	for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
	return counts;
}

/** The report's numbers of a rehearsal, out of the counts that the runtime keeps (§8). */
import type { Plan } from '$lib/journey/index.ts';
import { emptyReport, type StepReport } from '$lib/journey/rehearse/count.ts';
import type { Db } from '$lib/server/db/db.ts';

type Report = Record<string, Record<string, StepReport>>;

/** By journey and step, also of steps that nobody came to. */
export async function readReport(db: Db): Promise<Report> {
	const { rows } = await db.query<{ slug: string; plan: Plan }>(
		'select j.slug, v.plan from journeys j join journey_versions v on v.id = j.live_version_id'
	);
	const report = Object.fromEntries(
		rows.map(({ slug, plan }) => [
			slug,
			Object.fromEntries(Object.keys(plan.steps).map((step) => [step, emptyReport()]))
		])
	);
	await addCounts(db, report);
	await addWaiting(db, report);
	return report;
}

async function addCounts(db: Db, report: Report): Promise<void> {
	const { rows } = await db.query<{ slug: string; step: string; measure: string; count: number }>(
		`select j.slug, c.step, c.measure, sum(c.count)::bigint as count
		 from step_counts c join journey_versions v on v.id = c.version_id join journeys j on j.id = v.journey_id
		 group by 1, 2, 3 having sum(c.count) <> 0`
	);
	for (const { slug, step, measure, count } of rows) {
		const counted = report[slug]?.[step];
		if (counted) add(counted, measure, count);
	}
}

/** Who waits is no count: it is who stands there. */
async function addWaiting(db: Db, report: Report): Promise<void> {
	const { rows } = await db.query<{ slug: string; step: string; count: number }>(
		`select j.slug, e.step, count(*) as count from enrollments e join journeys j on j.id = e.journey_id
		 where e.state = 'waiting' group by 1, 2`
	);
	for (const { slug, step, count } of rows) {
		const counted = report[slug]?.[step];
		if (counted) counted.waiting = count;
	}
}

function add(report: StepReport, measure: string, count: number): void {
	const [name = '', detail = ''] = measure.split(/:(.*)/s);
	switch (name) {
		case 'entered':
		case 'sent':
		case 'delivered':
		case 'bounced':
		case 'complained':
		case 'unsubscribed':
		case 'failed':
		case 'opened':
		case 'clicked':
		case 'converted':
		case 'dropped':
			report[name] += count;
			return;
		case 'left':
			report.outcomes[detail] = count;
			return;
		case 'blocked':
			report.blocked[detail] = count;
	}
}

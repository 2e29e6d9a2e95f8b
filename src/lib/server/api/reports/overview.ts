import { z } from 'zod';
import { procedure } from '../trpc.ts';
import { dayRange, daysIn } from './range.ts';

const DAYS = 30;

const entries = z.object({
	/** Entries in the last 30 days. */
	entered: z.number(),
	/** Entries on each of those days, the oldest first. */
	daily: z.array(z.number())
});

const output = z.object({
	/** The workspace's zone. */
	zone: z.string(),
	/** Now, in ms since 1970. */
	now: z.number(),
	/** By slug; a journey that nobody entered is left out. */
	journeys: z.record(z.string(), entries)
});

const statement = `
	select j.slug, c.day, sum(c.count)::bigint as count
	from journeys j
	join journey_versions v on v.journey_id = j.id
	cross join lateral (
		select s ->> 'id' as step from jsonb_array_elements(v.document -> 'steps') s where s ->> 'kind' like 'trigger.%'
	) t
	join step_counts c on c.version_id = v.id and c.step = t.step and c.measure = 'entered' and c.day between $1 and $2
	group by j.slug, c.day`;

/** Who entered each journey in the last 30 days. */
export const overviewProcedure = procedure('reports.read')
	.output(output)
	.query(async ({ ctx: { app } }) => {
		const now = app.clock.now();
		const found = await app.pool.query<{ zone: string | null }>(
			`select value ->> 'timezone' as zone from settings where key = 'workspace'`
		);
		const zone = found.rows[0]?.zone ?? 'UTC';
		const range = dayRange({ days: DAYS }, zone, now);
		const days = daysIn(range);
		const { rows } = await app.pool.query<{ slug: string; day: string; count: number }>(statement, [
			range.from,
			range.to
		]);
		const journeys: Record<string, z.infer<typeof entries>> = {};
		for (const { slug, day, count } of rows) {
			const journey = (journeys[slug] ??= { entered: 0, daily: days.map(() => 0) });
			journey.entered += count;
			journey.daily[days.indexOf(day)] = count;
		}
		return { zone, now, journeys };
	});

import { z } from 'zod';
import { procedure } from '../trpc.ts';
import { dayRange, daysIn } from './range.ts';

const DAYS = 30;

const output = z.record(
	z.string(),
	z.object({
		/** Entries in the last 30 days. */
		entered: z.number(),
		/** Entries on each of those days, the oldest first. */
		daily: z.array(z.number())
	})
);

const statement = `
	select j.slug, c.day, sum(c.count)::bigint as count
	from journeys j
	join journey_versions v on v.journey_id = j.id
	cross join lateral (
		select s ->> 'id' as step from jsonb_array_elements(v.document -> 'steps') s where s ->> 'kind' like 'trigger.%'
	) t
	join step_counts c on c.version_id = v.id and c.step = t.step and c.measure = 'entered' and c.day between $1 and $2
	group by j.slug, c.day`;

/** Who entered each journey in the last 30 days, by slug; a journey that nobody entered is left out. */
export const overviewProcedure = procedure('reports.read')
	.output(output)
	.query(async ({ ctx: { app } }) => {
		const zone = await app.pool.query<{ zone: string | null }>(
			`select value ->> 'timezone' as zone from settings where key = 'workspace'`
		);
		const range = dayRange({ days: DAYS }, zone.rows[0]?.zone ?? 'UTC', app.clock.now());
		const days = daysIn(range);
		const { rows } = await app.pool.query<{ slug: string; day: string; count: number }>(statement, [
			range.from,
			range.to
		]);
		const bySlug: z.infer<typeof output> = {};
		for (const { slug, day, count } of rows) {
			const journey = (bySlug[slug] ??= { entered: 0, daily: days.map(() => 0) });
			journey.entered += count;
			journey.daily[days.indexOf(day)] = count;
		}
		return bySlug;
	});

/** The words that steps are described with: names of templates and labels of attributes. */
import type { Names } from '$lib/journey/index.ts';
import type { Db } from '../../db/db.ts';

export type LoadedNames = Omit<Names, 'step'>;

/** What is unknown, such as a template deleted since, is named by its slug or key. */
export async function loadNames(db: Db): Promise<LoadedNames> {
	const { rows } = await db.query<{ of: 'template' | 'attribute'; key: string; name: string }>(
		`select 'template' as of, slug as key, name from templates
		union all select 'attribute', key, label from attributes`
	);
	const named = (of: 'template' | 'attribute') =>
		new Map(rows.filter((row) => row.of === of).map((row) => [row.key, row.name]));
	const templates = named('template');
	const attributes = named('attribute');
	return {
		template: (slug) => templates.get(slug) ?? slug,
		attribute: (key) => attributes.get(key) ?? key
	};
}

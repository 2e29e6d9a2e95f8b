/** The messages as their page lists them. */
import type { Db } from '../db/db.ts';
import { listTemplateUses, type TemplateUse } from './template-uses.ts';

export interface ListedTemplate {
	slug: string;
	name: string;
	subject: string;
	preheader: string;
	number: number;
	/** Milliseconds since 1970. */
	savedAt: number;
	savedBy: string | null;
	uses: Omit<TemplateUse, 'template'>[];
}

/** The last saved first. */
export async function listTemplates(db: Db): Promise<ListedTemplate[]> {
	const found = await db.query<Omit<ListedTemplate, 'uses' | 'savedAt'> & { savedAt: Date }>(
		`select t.slug, t.name, v.subject, v.preheader, v.number, v.created_at as "savedAt", u.name as "savedBy"
		 from templates t join template_versions v on v.id = t.current_version_id left join users u on u.id = v.created_by
		 order by v.created_at desc, t.name`
	);
	const uses = await listTemplateUses(db);
	return found.rows.map((row) => ({
		...row,
		savedAt: row.savedAt.getTime(),
		uses: uses.filter(({ template }) => template === row.slug)
	}));
}

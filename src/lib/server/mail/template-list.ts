/** The messages as their page lists them. */
import type { Db } from '../db/db.ts';
import { listTemplateUses, type TemplateUse } from './template-uses.ts';

export interface ListedTemplate {
	slug: string;
	name: string;
	channel: 'email' | 'text';
	/** The first words of a text, which has no subject. */
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
		`select t.slug, t.name, t.channel, case t.channel when 'text' then left(v.blocks->0->>'text', 200) else v.subject end as subject, v.preheader, v.number, v.created_at as "savedAt", u.name as "savedBy"
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

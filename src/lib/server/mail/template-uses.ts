/** Which journeys send a template, and why they say they do. */
import type { Db } from '../db/db.ts';

export interface TemplateUse {
	template: string;
	journey: string;
	journeyName: string;
	purpose: 'treatment' | 'operations' | 'marketing';
	/** Whether people get it now; else it stands in a draft only. */
	live: boolean;
}

/** Uses in live versions, and in the drafts of journeys that are not live, by journey name. */
export async function listTemplateUses(db: Db): Promise<TemplateUse[]> {
	const found = await db.query<{
		template: string;
		journey: string;
		journey_name: string;
		purpose: TemplateUse['purpose'];
		live: boolean;
	}>(
		`select distinct s->'config'->>'template' as template, j.slug as journey, j.name as journey_name,
			s->'config'->>'purpose' as purpose, j.state = 'live' as live
		 from journeys j
		 left join journey_versions v on v.id = j.live_version_id
		 cross join jsonb_path_query(coalesce(v.document, j.draft), '$.steps[*] ? (@.kind == "send.email" || @.kind == "send.text")') s
		 where j.state <> 'archived' and s->'config'->>'purpose' in ('treatment', 'operations', 'marketing')
			and s->'config'->>'template' is not null
		 order by j.name`
	);
	return found.rows.map(({ journey_name, ...use }) => ({ ...use, journeyName: journey_name }));
}

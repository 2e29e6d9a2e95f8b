/** The links that a scenario's contacts click: a message must have them, for the product to know where a click leads. */
import type { Scenario } from '$lib/journey/rehearse/scenario.ts';
import type { Db } from '$lib/server/db/db.ts';

// A click of a scenario need not say where; in the product every click leads somewhere.
const SOMEWHERE = 'https://clinic.example/';

export function linkOf(properties: Record<string, unknown> = {}): string {
	return typeof properties.link === 'string' ? properties.link : SOMEWHERE;
}

/** Those that a message can have; what is no web address it can't. */
export function clickedLinks({ events }: Scenario): string[] {
	const clicked = events.filter(({ name }) => name === 'email.clicked');
	return [...new Set(clicked.map(({ properties }) => linkOf(properties)))]
		.filter((link) => /^https?:\/\/[^\s\\<>"{}%]+$/i.test(link) && URL.canParse(link))
		.slice(0, 50);
}

/** The number of a link in the message's template version; undefined where it has no such link. */
export async function findLink(db: Db, messageId: number, link: string): Promise<number | undefined> {
	const { rows } = await db.query<{ links: string[] }>(
		`select t.compiled->'links' as links from messages m join template_versions t on t.id = m.template_version_id where m.id = $1`,
		[messageId]
	);
	const number = rows[0]?.links.indexOf(link) ?? -1;
	return number < 0 ? undefined : number;
}

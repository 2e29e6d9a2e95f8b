/** Which segments the contacts of a rehearsal are in at the clock's now (§4). */
import type { Scenario } from '$lib/journey/rehearse/scenario.ts';
import { compareText } from '$lib/journey/text.ts';
import type { App } from '$lib/server/app.ts';
import { factOf, type Contact } from '$lib/server/people/contact-store.ts';
import { worldOf } from '../facts.ts';
import { isIn, loadSegmentFacts } from '../membership.ts';
import { loadSegments, planAsking } from '../segments.ts';
import { loadWorkspaceFacts } from '../workspace.ts';

/** The segments of each contact, by its inner id; in code point order. */
export async function readSegments(
	app: App,
	scenario: Scenario,
	contacts: readonly Contact[]
): Promise<Map<number, string[]>> {
	if (!scenario.segments.length) return new Map();
	const { pool, clock } = app;
	const slugs = scenario.segments.map(({ slug }) => slug).toSorted(compareText);
	const segments = await loadSegments(pool);
	const workspace = await loadWorkspaceFacts(pool);
	const ids = contacts.map(({ id }) => id);
	const facts = await loadSegmentFacts(pool, app, { plan: planAsking(slugs) }, ids, clock.now());
	return new Map(
		contacts.map((contact) => {
			const world = worldOf(facts, factOf(contact), contact.id, null, workspace);
			return [contact.id, slugs.filter((slug) => isIn(segments, { slug }, world, clock.now()))];
		})
	);
}

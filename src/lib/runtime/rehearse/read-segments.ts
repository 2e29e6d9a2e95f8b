/** Which segments the contacts of a rehearsal are in at the clock's now (§4). */
import { evaluate, firstZone, type Plan } from '$lib/journey/index.ts';
import type { Scenario } from '$lib/journey/rehearse/scenario.ts';
import { compareText } from '$lib/journey/text.ts';
import type { App } from '$lib/server/app.ts';
import { factOf, type Contact } from '$lib/server/people/contact-store.ts';
import { loadFacts, worldOf } from '../facts.ts';
import { loadWorkspaceFacts } from '../workspace.ts';

// Asks for all that conditions can read of a contact.
const EVERYTHING: Plan = {
	format: 'stepwell.plan/1',
	name: '',
	slug: '',
	settings: {},
	attributeTypes: {},
	phiAttributes: [],
	steps: {},
	triggers: [],
	reads: { events: ['*'], waitEvents: [], messages: true, consents: true, attributes: [], marketing: false }
};

/** The segments of each contact, by its inner id; in code point order. */
export async function readSegments(
	{ pool, vault, clock }: App,
	scenario: Scenario,
	contacts: readonly Contact[]
): Promise<Map<number, string[]>> {
	if (!scenario.segments.length) return new Map();
	const slugs = scenario.segments.map(({ slug }) => slug).toSorted(compareText);
	const conditions = Object.fromEntries(scenario.segments.map(({ slug, where }) => [slug, where]));
	const attributeTypes = Object.fromEntries((scenario.attributes ?? []).map(({ key, type }) => [key, type]));
	const questions = contacts.map(({ id }) => ({
		contactId: id,
		enrollmentId: null,
		email: null,
		plan: EVERYTHING,
		for: 'conditions' as const
	}));
	const facts = await loadFacts(pool, vault, questions, clock.now());
	const workspace = await loadWorkspaceFacts(pool);
	const kept = await loadKept(pool);
	return new Map(
		contacts.map((contact) => {
			const world = worldOf(facts, factOf(contact), contact.id, null, workspace);
			const zone = firstZone(contact.timezone, workspace.workspaceTimezone);
			const { events, messages } = world;
			const segments = { conditions, kept: kept.get(contact.id) ?? [], events, messages, zone };
			const asked = { ...world, zone, attributeTypes, trigger: {}, segments };
			return [contact.id, slugs.filter((segment) => evaluate({ segment }, asked, clock.now()))];
		})
	);
}

async function loadKept(pool: App['pool']): Promise<Map<number, string[]>> {
	const { rows } = await pool.query<{ contact_id: number; segments: string[] }>(
		`select m.contact_id, array_agg(m.segment) as segments from segment_members m
		 join segments s on s.slug = m.segment and s."where" is null group by 1`
	);
	return new Map(rows.map((row) => [row.contact_id, row.segments]));
}

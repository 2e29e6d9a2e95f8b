/** Shows what is covered, on purpose: whoever calls gets values only together with an entry in the audit log. */
import type { App } from '../app.ts';
import type { AuditEntry } from '../audit/entry.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import { labelOf } from '../ingest/attribute-type.ts';
import { uncover, type Covered } from './covered.ts';
import { getProperties } from './history.ts';
import { getPerson, type Person } from './person.ts';
import { loadAttributes, type AttributeRow } from './registry.ts';
import type { Sight } from './sight.ts';

export interface Shown {
	key: string;
	label: string;
	value: unknown;
}

export interface Asked {
	id: number;
	/** An event's id, to see what it came with; without it the person's attributes are shown. */
	event?: number;
}

/**
 * The values that `sight` may show, with the zone for their times. `entryFor` says what the log keeps, of the names of what
 * is shown; the values are answered once that is committed. What needs more than `sight` has is left out.
 */
export async function show(
	app: App,
	sight: Sight,
	{ id, event }: Asked,
	entryFor: (fields: string[]) => AuditEntry
): Promise<{ zone: string; shown: Shown[] }> {
	return inAuditedTransaction(app.pool, async (tx, audit) => {
		const reader = { pool: tx, vault: app.vault };
		const person = await getPerson(reader, id);
		const registry = await loadAttributes(tx);
		const shown =
			event === undefined
				? attributesOf(sight, person, registry)
				: propertiesOf(sight, await getProperties(reader, id, event), registry);
		audit(entryFor(namesIn(shown.map(({ key }) => key))));
		return { zone: person.zone, shown };
	});
}

function attributesOf(sight: Sight, { facts }: Person, registry: readonly AttributeRow[]): Shown[] {
	return sight
		.attributes(facts, registry)
		.filter((attribute) => attribute.showable)
		.map(({ key, label }) => ({ key, label, value: uncover(facts).attributes[key] }));
}

// A property has no tag of its own; one that is called like an attribute that a further law protects is protected too.
function propertiesOf(
	sight: Sight,
	properties: Covered<Record<string, unknown>>,
	registry: readonly AttributeRow[]
): Shown[] {
	const known = new Map(registry.map((attribute) => [attribute.key, attribute]));
	return Object.entries(uncover(properties))
		.filter(([key]) =>
			sight.mayShow(known.get(key)?.tag === 'sensitive' ? { tag: 'sensitive' } : { tag: 'phi' })
		)
		.map(([key, value]) => ({ key, label: labelOf(key), value }));
}

const NAME = /^[A-Za-z][\w.-]{0,199}$/;

/** Of the keys those that are names: what an integrator sends as a key can be anything, also a sentence about somebody. */
export function namesIn(keys: readonly string[]): string[] {
	return keys.filter((key) => NAME.test(key));
}

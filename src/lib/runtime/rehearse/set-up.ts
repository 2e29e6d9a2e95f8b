/** Sets a scenario up in an empty database, through the product: the workspace, its templates, its journeys. */
import type { Diagnostic } from '$lib/journey/index.ts';
import type { Scenario } from '$lib/journey/rehearse/scenario.ts';
import { compareText } from '$lib/journey/text.ts';
import type { App } from '$lib/server/app.ts';
import { inTransaction } from '$lib/server/db/db.ts';
import { saveTextTemplate } from '$lib/server/mail/text-templates.ts';
import { saveTemplate } from '$lib/server/mail/templates.ts';
import { writeDefinition } from '$lib/server/people/define.ts';
import { ApiError, createJourney, draftSchema, publishJourney } from './product.ts';
import { stayForHandOvers } from './hand-overs.ts';
import { clickedLinks } from './links.ts';

/** Everything but people and journeys. */
export async function setUpWorkspace({ pool, clock }: App, scenario: Scenario): Promise<void> {
	const { timezone = 'UTC', frequencyCap } = scenario.workspace ?? {};
	const workspace = { name: 'Rehearsal', timezone, postalAddress: '', frequencyCap };
	await pool.query(`insert into settings (key, value) values ('workspace', $1)`, [JSON.stringify(workspace)]);
	await inTransaction(pool, async (tx) => {
		for (const { key, label = key, type, phi } of scenario.attributes ?? []) {
			const definition = { label, type, tag: phi ? 'phi' : 'none', sensitiveKind: null } as const;
			await writeDefinition(tx, key, definition, undefined, clock.now());
		}
	});
	for (const { slug, name = slug, where } of scenario.segments)
		await pool.query('insert into segments (slug, name, "where") values ($1, $2, $3)', [
			slug,
			name,
			where && JSON.stringify(where)
		]);
	const links = clickedLinks(scenario);
	for (const template of scenario.templates ?? []) await setUpTemplate(pool, template, links);
}

// A text that is no Liquid reads nothing, and a rehearsal in memory plays it all the same; the product can't save it.
async function setUpTemplate(
	pool: App['pool'],
	{ slug, name = slug, channel, subject, text }: NonNullable<Scenario['templates']>[number],
	links: readonly string[]
): Promise<void> {
	if (channel === 'text') return setUpText(pool, { slug, name, text });
	if (channel !== 'email') return;
	const buttons = links.map((url) => ({ kind: 'button' as const, label: 'Open', url }));
	const save = (words: { subject: string; text: string }) =>
		saveTemplate(
			pool,
			{ slug, name, subject: words.subject, blocks: [{ kind: 'text', text: words.text }, ...buttons] },
			null
		);
	try {
		await save({ subject: subject?.trim() ? subject : slug, text });
	} catch (error) {
		if (!(error instanceof ApiError)) throw error;
		await save({ subject: slug, text: 'Hello.' });
	}
}

async function setUpText(
	pool: App['pool'],
	{ slug, name, text }: { slug: string; name: string; text: string }
): Promise<void> {
	try {
		await saveTextTemplate(pool, { slug, name, text }, null);
	} catch (error) {
		if (!(error instanceof ApiError)) throw error;
		await saveTextTemplate(pool, { slug, name, text: 'Hello.' }, null);
	}
}

/**
 * Publishes all journeys at the clock's now. `expected` is what the compiler says to each by itself: the product must judge
 * the same, out of what its tables hold.
 */
export async function setUpJourneys(
	app: App,
	scenario: Scenario,
	expected: Record<string, Diagnostic[]>
): Promise<void> {
	const { pool, clock } = app;
	const journeys = scenario.journeys.toSorted((one, other) => compareText(one.slug, other.slug));
	// All drafts first: the compiler looks at what journeys do to each other.
	for (const { slug, document } of journeys) {
		const draft = draftSchema.parse(document);
		await createJourney(pool, { slug, name: draft.name, document: draft }, null, clock.now());
	}
	for (const { slug } of journeys) {
		const { diagnostics } = await publishJourney(app, slug, null, {
			adjust: stayForHandOvers,
			isRehearsal: true
		});
		requireSame(slug, expected[slug] ?? [], diagnostics);
	}
	// Stands for an agreement that ended after the publish.
	if (scenario.workspace?.baa === false)
		await pool.query(`update settings set value = value || '{"baa": false}' where key = 'workspace'`);
}

// Not the words: a step's name can list attributes, whose order a table does not keep.
function requireSame(slug: string, expected: Diagnostic[], found: Diagnostic[]): void {
	const [wanted, said] = [expected, found].map((list) =>
		list.map(({ code, path }) => `${code} at ${path}`).join(', ')
	);
	if (said !== wanted)
		throw new Error(
			`To “${slug}” the product says ${said || 'nothing'}, the compiler alone ${wanted || 'nothing'}.`
		);
}

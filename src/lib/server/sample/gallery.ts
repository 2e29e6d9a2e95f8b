/** Starting a journey from one of the ready ones, in any workspace: what it needs and is not there yet comes with it. */
import type pg from 'pg';
import { ApiError } from '../api/errors.ts';
import type { MakeEntry } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import type { Tx } from '../db/db.ts';
import { createJourney } from '../journeys/drafts.ts';
import { saveTemplate } from '../mail/templates.ts';
import { registerAttributes, sampleAttributes } from './attributes.ts';
import { sampleJourneys, type SampleJourney } from './journeys.ts';
import { sampleTemplates, type SampleTemplate } from './templates.ts';

export interface FromGallery {
	/** Which of `sampleJourneys`. */
	slug: string;
	userId: number | null;
	/** Milliseconds since 1970. */
	now: number;
	/** Who does it, for the audit log. */
	entry?: MakeEntry;
}

/**
 * Makes a draft of a ready journey, with the messages and attributes that it names. Those of the workspace stay as they
 * are. Throws ApiError `not-found` where there is no such ready journey.
 */
export async function createFromGallery(
	pool: pg.Pool,
	{ slug, userId, now, entry }: FromGallery
): Promise<{ slug: string; revision: number }> {
	const ready = sampleJourneys.find((journey) => journey.slug === slug);
	if (!ready) throw new ApiError('not-found', 'There is no such ready journey.');
	const templates = templatesOf(ready);
	const attributes = sampleAttributes.filter(({ key }) => isNamed(key, [ready.document, templates]));
	return inAuditedTransaction(pool, async (tx, audit) => {
		await registerAttributes(tx, attributes, now);
		await saveMissing(tx, templates, userId);
		const made = await createJourney(tx, { name: ready.name, document: ready.document }, userId, now);
		if (entry) audit(entry({ action: 'journey.create', subject: { kind: 'journey', ids: [made.slug] } }));
		return made;
	});
}

function templatesOf({ document }: SampleJourney): SampleTemplate[] {
	const slugs = new Set(
		document.steps.map((step) => (step.kind === 'send.email' ? step.config.template : undefined))
	);
	return sampleTemplates.filter((template) => slugs.has(template.slug));
}

/** Whether a condition, a date trigger or a message anywhere in `value` names the attribute. */
function isNamed(key: string, value: unknown): boolean {
	return new RegExp(`"(attribute|date)":"${key}"|\\bcontact\\.${key}\\b`).test(JSON.stringify(value));
}

async function saveMissing(
	tx: Tx,
	templates: readonly SampleTemplate[],
	userId: number | null
): Promise<void> {
	const { rows } = await tx.query<{ slug: string }>(
		'select slug from templates where slug = any($1::text[])',
		[templates.map((template) => template.slug)]
	);
	const there = new Set(rows.map((row) => row.slug));
	for (const template of templates) if (!there.has(template.slug)) await saveTemplate(tx, template, userId);
}

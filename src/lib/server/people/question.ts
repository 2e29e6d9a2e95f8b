/** What a step asks about somebody: shown on purpose, together with an entry in the audit log. */
import type { App } from '../app.ts';
import { ApiError } from '../api/errors.ts';
import type { AuditEntry } from '../audit/entry.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import { openQuestion } from './payloads.ts';
import { loadAttributes, type AttributeRow } from './registry.ts';
import { MASK } from './covered.ts';
import type { Sight } from './sight.ts';
import { unlessSealed } from './unless-sealed.ts';

const OUTPUT = /\{\{[\s\S]*?\}\}/g;
const TAG = /\{%[\s\S]*?%\}/g;

/** The words of a question as everybody may read them: what is filled in is dots. */
export function coveredQuestion(ask: string): { text: string; covered: boolean } {
	const text = ask.replace(OUTPUT, MASK).replace(TAG, '');
	return { text, covered: text !== ask };
}

/** Whether somebody may see what is filled in: also what a further law protects, where the question reads such a thing. */
export function mayShowQuestion(sight: Sight, ask: string, registry: readonly AttributeRow[]): boolean {
	const isRead = ({ key }: AttributeRow) => new RegExp(`\\b${key}\\b`).test(ask);
	return (
		registry.filter(isRead).every((attribute) => sight.mayShow(attribute)) && sight.mayShow({ tag: 'phi' })
	);
}

/** The whole question of an open approval. Throws ApiError `auth.forbidden`, and `not-found` where it is kept no more. */
export async function showQuestion(
	app: App,
	sight: Sight,
	{ id, ask }: { id: number; ask: string },
	entryFor: (contactId: number) => AuditEntry
): Promise<string> {
	return inAuditedTransaction(app.pool, async (tx, audit) => {
		if (!mayShowQuestion(sight, ask, await loadAttributes(tx)))
			throw new ApiError('auth.forbidden', 'Your role does not see health information.');
		const { rows } = await tx.query<{ id: number; contact_id: number; sealed: Buffer }>(
			'select id, contact_id, asked_sealed as sealed from approvals where id = $1',
			[id]
		);
		const [row] = rows;
		const keys = await app.vault.keysToOpen(rows.map(({ contact_id }) => contact_id));
		const question = row && unlessSealed(() => openQuestion(keys, row));
		if (!row || question === undefined)
			throw new ApiError('not-found', 'What was asked is kept no more, or can’t be opened.');
		audit(entryFor(row.contact_id));
		return question;
	});
}

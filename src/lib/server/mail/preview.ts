/** What a message looks like for one person, by the same code that sends it. */
import type { App } from '../app.ts';
import { ApiError } from '../api/errors.ts';
import type { AuditEntry } from '../audit/entry.ts';
import { isRecent } from '../audit/recent.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import { loadAttributes } from '../people/registry.ts';
import type { Sight } from '../people/sight.ts';
import type { TemplateContent } from './blocks.ts';
import { compileTemplate, type CompiledTemplate } from './compile-template.ts';
import { getPerson } from '../people/person.ts';
import { composeMail, type ComposedMail, type MailFacts } from './compose.ts';
import { sampleFacts } from './sample-facts.ts';
import { loadSender } from './sender.ts';

/** A person to see a message as, by somebody who may see that much of them. */
export interface SeenAs {
	/** Stepwell's own number. */
	id: number;
	sight: Sight;
	/** What the log keeps, of the names of what the message reads. */
	entryFor: (fields: string[]) => AuditEntry;
	/** A preview is made anew at every pause in typing: within so many ms, one entry stands for all. Left out, each has its own. */
	onceInMs?: number;
}

export interface PreviewAs {
	/** Left out, a made-up person. */
	person?: SeenAs;
	marketing: boolean;
}

/** Throws ApiError 'input.invalid' with the path of the part at fault, or 'contact.unknown'. */
export async function previewMail(app: App, content: TemplateContent, as: PreviewAs): Promise<ComposedMail> {
	const compiled = await compileTemplate(content);
	const facts = as.person
		? await factsOf(app, compiled, as.person, as.marketing)
		: await sampleOf(app, compiled, as);
	return composeMail(app, compiled, facts);
}

async function sampleOf(app: App, compiled: CompiledTemplate, { marketing }: PreviewAs): Promise<MailFacts> {
	const known = await loadAttributes(app.pool);
	return sampleFacts(compiled, known, await loadSender(app.pool), app.clock.now(), marketing);
}

async function factsOf(
	app: App,
	compiled: CompiledTemplate,
	{ id, sight, entryFor, onceInMs = 0 }: SeenAs,
	marketing: boolean
): Promise<MailFacts> {
	const contact = await inAuditedTransaction(app.pool, async (tx, audit) => {
		const person = await getPerson({ pool: tx, vault: app.vault }, id).catch(sayUnknown);
		const entry = entryFor(fieldsOf(compiled));
		if (onceInMs === 0 || !(await isRecent(tx, entry, onceInMs))) audit(entry);
		return sight.inMail(person.facts, await loadAttributes(tx));
	});
	return {
		messageId: null,
		contact,
		trigger: {},
		journeyName: 'This journey',
		marketing,
		workspace: await loadSender(app.pool)
	};
}

/** `contact.firstName` is read of a person as `firstName`. */
function fieldsOf({ reads }: CompiledTemplate): string[] {
	return reads.flatMap((read) => /^contact\.([A-Za-z]\w*)/.exec(read)?.[1] ?? []);
}

function sayUnknown(error: unknown): never {
	if (error instanceof ApiError && error.problem.code === 'not-found')
		throw new ApiError('contact.unknown', 'There is no such person any more.', { path: '/contact' });
	throw error;
}

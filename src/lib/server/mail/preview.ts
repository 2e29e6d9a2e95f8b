/** What a message looks like for one person, by the same code that sends it. */
import type { App } from '../app.ts';
import { ApiError } from '../api/errors.ts';
import { orm } from '../db/db.ts';
import { attributes } from '../db/schema.ts';
import type { TemplateContent } from './blocks.ts';
import { compileTemplate, type CompiledTemplate } from './compile-template.ts';
import { composeMail, type ComposedMail, type MailFacts } from './compose.ts';
import { sampleFacts } from './sample-facts.ts';
import { loadSender } from './sender.ts';

export interface PreviewAs {
	/** A contact's public id; without it a made-up person. */
	contact?: string;
	marketing: boolean;
}

/** Throws ApiError 'input.invalid' with the path of the part at fault, or 'contact.unknown'. */
export async function previewMail(app: App, content: TemplateContent, as: PreviewAs): Promise<ComposedMail> {
	const compiled = await compileTemplate(content);
	const facts =
		as.contact === undefined ? await sampleOf(app, compiled, as) : await factsOf(app, as.contact, as);
	return composeMail(app, compiled, facts);
}

async function sampleOf(app: App, compiled: CompiledTemplate, { marketing }: PreviewAs): Promise<MailFacts> {
	const known = await orm(app.pool).select().from(attributes);
	return sampleFacts(compiled, known, await loadSender(app.pool), app.clock.now(), marketing);
}

async function factsOf(app: App, publicId: string, { marketing }: PreviewAs): Promise<MailFacts> {
	const found = await app.pool.query<Omit<MailFacts['contact'], 'phone'> & { phone: string | null }>(
		'select name, email, phone, timezone, attributes from contacts where public_id = $1',
		[publicId]
	);
	const contact = found.rows[0];
	if (!contact)
		throw new ApiError('contact.unknown', 'There is no such person any more.', { path: '/contact' });
	return {
		messageId: null,
		contact,
		trigger: {},
		journeyName: 'This journey',
		marketing,
		workspace: await loadSender(app.pool)
	};
}

/** What the compiler knows of the sample clinic, without a database. */
import type { Workspace } from '$lib/journey/index.ts';
import { compileTemplate } from '../mail/compile-template.ts';
import { sampleAttributes } from './attributes.ts';
import { clinic } from './clinic.ts';
import { sampleJourneys } from './journeys.ts';
import { sampleTemplates } from './templates.ts';

/** The sample's attributes, templates and journeys as a workspace. Compiles every template. */
export async function sampleWorkspace(): Promise<Workspace> {
	return {
		timezone: clinic.timezone,
		attributes: sampleAttributes.map((attribute) => ({ ...attribute, phi: attribute.tag !== 'none' })),
		templates: await Promise.all(
			sampleTemplates.map(async ({ slug, name, ...content }) => {
				const { subject, words, reads, subjectReads } = await compileTemplate(content);
				return { slug, name, channel: 'email' as const, subject, text: words, reads, subjectReads };
			})
		),
		journeys: sampleJourneys.map(({ slug, document }) => ({ slug, document }))
	};
}

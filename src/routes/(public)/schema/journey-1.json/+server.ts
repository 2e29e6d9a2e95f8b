import { makeJourneySchema } from '$lib/journey/json-schema.ts';
import { getApp } from '$lib/server/app.ts';
import type { RequestHandler } from './$types';

const made = new Map<string, string>();

/** The journey language as a JSON Schema, for editors and for programs that write journeys. Open to everybody. */
export const GET: RequestHandler = () => {
	const { publicUrl } = getApp();
	const schema = made.get(publicUrl) ?? JSON.stringify(makeJourneySchema(publicUrl));
	made.set(publicUrl, schema);
	return new Response(schema, {
		headers: {
			'content-type': 'application/schema+json',
			'cache-control': 'public, max-age=3600',
			'access-control-allow-origin': '*',
			'cross-origin-resource-policy': 'cross-origin'
		}
	});
};

import { json } from '@sveltejs/kit';
import { sampleProgress } from '$lib/server/sample/index.ts';

/** How far the sample clinic is: phase, done and total, or null while none is loading. */
export function GET(): Response {
	return json(sampleProgress());
}

import { expect, test } from 'vitest';
import { provideApp, type App } from '$lib/server/app.ts';
import { elsewhere } from '$lib/server/http/guard.ts';
import { GET } from './+server.ts';

test('the schema is served under the installation’s own address, and may be kept', async () => {
	provideApp({ publicUrl: 'https://journeys.example.test' } as App);
	const response = await GET({} as Parameters<typeof GET>[0]);
	expect(response.headers.get('content-type')).toBe('application/schema+json');
	expect(response.headers.get('cache-control')).toBe('public, max-age=3600');
	expect(await response.json()).toMatchObject({ $id: 'https://journeys.example.test/schema/journey-1.json' });
});

test('it opens without a session', () => {
	expect(
		elsewhere({
			routeId: '/(public)/schema/journey-1.json',
			method: 'GET',
			pathname: '/schema/journey-1.json',
			search: '',
			host: 'journeys.example.test',
			stage: null,
			publicUrl: 'https://journeys.example.test'
		})
	).toBeNull();
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiError } from '../../src/lib/server/api/errors.ts';
import { Clinic, draw, email } from '../support/journey.ts';

let clinic: Clinic;
beforeAll(async () => {
	clinic = await Clinic.open();
});
afterAll(() => clinic.close());

test('a journey that this version can’t run is refused whole, with each place, and nothing of it goes live', async () => {
	const document = draw(
		{
			come: ['trigger.transactional', { event: 'visit.completed' }],
			turn: email({ attachments: ['leaflet.pdf'] }),
			mail: email({ security: 'portal' })
		},
		['come -> turn', 'turn -> mail']
	);
	const refusal = await clinic.publish('too-new', document).catch((error: unknown) => error);
	expect(refusal).toBeInstanceOf(ApiError);
	const { problem } = refusal as ApiError;
	expect(problem).toMatchObject({
		code: 'publish.refused',
		message: '2 problems have to be solved before this journey can be published.',
		problems: [
			{ code: 'engine.not-yet', severity: 'error', path: '/steps/1/config/attachments', step: 'turn' },
			{ code: 'engine.not-yet', severity: 'error', path: '/steps/2/config/security', step: 'mail' }
		]
	});
	const live = await clinic.one<{ state: string; versions: number }>(
		`select state, (select count(*)::int from journey_versions v where v.journey_id = j.id) as versions
		 from journeys j where slug = 'too-new'`
	);
	expect(live).toEqual({ state: 'draft', versions: 0 });
});

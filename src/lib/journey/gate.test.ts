import { describe, expect, test } from 'vitest';
import { classify, gate, type GateFacts, type GateSend } from './gate.ts';
import { NOW, authorized } from './support/fixtures.ts';
import { DAY } from './zone.ts';

const ok: GateFacts = {
	reach: { email: true, text: false },
	suppressions: [],
	consents: authorized,
	marketingSentAt: [],
	zone: 'UTC'
};
const grant = {
	kind: 'marketing' as const,
	topic: null,
	grantedAt: NOW - 2 * DAY,
	expiresAt: null,
	revokedAt: null
};
const cap = { messages: 1, per: 'P7D' };

test.each<[string, GateSend, Partial<GateFacts>, string | null]>([
	['treatment needs no authorization', { purpose: 'treatment' }, { consents: [] }, null],
	['marketing with one passes', { purpose: 'marketing' }, {}, null],
	[
		'no address comes first',
		{ purpose: 'marketing' },
		{ reach: { email: false, text: true }, consents: [] },
		'no-address'
	],
	[
		'a hard bounce stops treatment too',
		{ purpose: 'treatment' },
		{ suppressions: [{ scope: 'all', reason: 'bounced' }] },
		'suppressed'
	],
	[
		'a complaint stops marketing',
		{ purpose: 'marketing' },
		{ suppressions: [{ scope: 'all', reason: 'complained' }] },
		'suppressed'
	],
	[
		'a complaint stops no treatment',
		{ purpose: 'treatment' },
		{ suppressions: [{ scope: 'marketing', reason: 'complained' }] },
		null
	],
	[
		'who unsubscribed gets no marketing',
		{ purpose: 'marketing' },
		{ suppressions: [{ scope: 'marketing', reason: 'unsubscribed' }] },
		'unsubscribed'
	],
	[
		'who unsubscribed gets treatment',
		{ purpose: 'treatment' },
		{ suppressions: [{ scope: 'marketing', reason: 'unsubscribed' }] },
		null
	],
	[
		'leaving one topic leaves the others',
		{ purpose: 'marketing', topic: 'a' },
		{ suppressions: [{ scope: 'marketing', reason: 'unsubscribed', topic: 'b' }] },
		null
	],
	[
		'leaving the topic stops it',
		{ purpose: 'marketing', topic: 'b' },
		{ suppressions: [{ scope: 'marketing', reason: 'unsubscribed', topic: 'b' }] },
		'unsubscribed'
	],
	['no authorization', { purpose: 'marketing' }, { consents: [] }, 'no-authorization'],
	[
		'one for another topic',
		{ purpose: 'marketing', topic: 'a' },
		{ consents: [{ ...grant, topic: 'b' }] },
		'no-authorization'
	],
	[
		'one for email is none for marketing',
		{ purpose: 'marketing' },
		{ consents: [{ ...grant, kind: 'email' }] },
		'no-authorization'
	],
	[
		'expired',
		{ purpose: 'marketing' },
		{ consents: [{ ...grant, expiresAt: NOW }] },
		'authorization-expired'
	],
	[
		'revoked',
		{ purpose: 'marketing' },
		{ consents: [{ ...grant, revokedAt: NOW }] },
		'authorization-revoked'
	],
	[
		'the latest grant gives the reason',
		{ purpose: 'marketing' },
		{
			consents: [
				{ ...grant, revokedAt: NOW },
				{ ...grant, grantedAt: NOW - DAY, expiresAt: NOW - 1 }
			]
		},
		'authorization-expired'
	],
	[
		'any grant that holds is enough',
		{ purpose: 'marketing' },
		{ consents: [grant, { ...grant, grantedAt: NOW - DAY, expiresAt: NOW - 1 }] },
		null
	],
	[
		'paid treatment needs one',
		{ purpose: 'treatment', remuneration: 'financial' },
		{ consents: [] },
		'no-authorization'
	],
	['health information needs an agreement', { purpose: 'treatment', hasPhi: true }, { baa: false }, 'no-baa'],
	['quiet hours that drop', { purpose: 'operations' }, { dropsForQuiet: true }, 'quiet-hours'],
	['over the cap', { purpose: 'marketing' }, { caps: [cap], marketingSentAt: [NOW - DAY] }, 'frequency-cap'],
	[
		'one that went out a little after the moment which is lived late',
		{ purpose: 'marketing' },
		{ caps: [cap], marketingSentAt: [NOW + 2000] },
		'frequency-cap'
	],
	[
		'exactly as long ago as the cap asks',
		{ purpose: 'marketing' },
		{ caps: [cap], marketingSentAt: [NOW - 7 * DAY] },
		null
	],
	[
		'the workspace’s cap',
		{ purpose: 'marketing' },
		{ caps: [undefined, cap], marketingSentAt: [NOW - DAY] },
		'frequency-cap'
	],
	['a cap is of marketing', { purpose: 'treatment' }, { caps: [cap], marketingSentAt: [NOW - DAY] }, null],
	[
		'a step may pass the cap',
		{ purpose: 'marketing', ignoreCap: true },
		{ caps: [cap], marketingSentAt: [NOW - DAY] },
		null
	],
	[
		'encrypted only, and there is none',
		{ purpose: 'treatment', security: 'tls' },
		{ tls: false },
		'tls-unavailable'
	]
])('%s', (_, send, facts, reason) => {
	expect(gate(send, { ...ok, ...facts }, NOW)).toBe(reason);
});

test('an error inside the gate blocks', () => {
	const broken = { ...ok, suppressions: null } as unknown as GateFacts;
	expect(gate({ purpose: 'treatment' }, broken, NOW)).toBe('gate-error');
});

describe('what is marketing', () => {
	const purposes = ['treatment', 'operations', 'marketing'] as const;
	const cases = purposes.flatMap((purpose) =>
		(['none', 'inKind', 'financial'] as const).flatMap((remuneration) =>
			[false, true].map((costRelated) => ({ purpose, remuneration, costRelated }))
		)
	);
	test.each(cases)('$purpose, paid $remuneration, cost-related $costRelated', (config) => {
		const wanted =
			config.purpose === 'marketing' || (config.remuneration === 'financial' && !config.costRelated);
		expect(classify(config).marketing).toBe(wanted);
		expect(classify(config).rule).toMatch(/45 CFR 164\.50/);
	});
});

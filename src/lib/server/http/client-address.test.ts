import { expect, test } from 'vitest';
import { clientAddress, type ProxySettings } from './client-address.ts';

const headers = new Headers({
	'x-forwarded-for': '203.0.113.7, 198.51.100.2, 10.0.0.9',
	'x-real-ip': '203.0.113.8',
	'x-broken': 'clinic.example'
});
const from = (settings: ProxySettings, remote?: string) => clientAddress(remote, headers, settings);

test.each<[string, ProxySettings, string | null]>([
	['no proxy set up: the other end of the connection, whatever headers say', {}, '192.0.2.1'],
	['a header with one address', { ADDRESS_HEADER: 'X-Real-IP' }, '203.0.113.8'],
	['one proxy: what it saw', { ADDRESS_HEADER: 'X-Forwarded-For' }, '10.0.0.9'],
	[
		'two proxies: what the outer one saw',
		{ ADDRESS_HEADER: 'x-forwarded-for', XFF_DEPTH: '2' },
		'198.51.100.2'
	],
	['more proxies than wrote', { ADDRESS_HEADER: 'x-forwarded-for', XFF_DEPTH: '4' }, null],
	['a header that is not there', { ADDRESS_HEADER: 'cf-connecting-ip' }, null],
	['a header that holds no address', { ADDRESS_HEADER: 'x-broken' }, null]
])('%s', (_, settings, expected) => {
	expect(from(settings, '::ffff:192.0.2.1')).toBe(expected);
});

test('a connection that is gone has none', () => {
	expect(clientAddress(undefined, headers, {})).toBeNull();
});

import { expect, test } from 'vitest';
import { elsewhere, type Visit } from './guard.ts';

const visit = (more: Partial<Visit>): Visit => ({
	routeId: '/(app)/people',
	method: 'GET',
	pathname: '/people',
	search: '',
	host: 'localhost:4780',
	stage: null,
	publicUrl: 'http://localhost:4780',
	...more
});
const to = (more: Partial<Visit>) => elsewhere(visit(more))?.location ?? null;

test.each([
	['a page of the app', {}, '/sign-in?returnTo=%2Fpeople'],
	['its query', { search: '?q=a&x=1' }, '/sign-in?returnTo=%2Fpeople%3Fq%3Da%26x%3D1'],
	['the root', { routeId: '/', pathname: '/' }, '/sign-in'],
	['a form sent late', { method: 'POST' }, '/sign-in'],
	['a route outside both groups', { routeId: '/healthy' }, '/sign-in?returnTo=%2Fpeople'],
	['a route that only looks public', { routeId: '/(publicity)/x' }, '/sign-in?returnTo=%2Fpeople'],
	['an unknown address', { routeId: null, pathname: '/.env' }, '/sign-in?returnTo=%2F.env'],
	['a public page', { routeId: '/(public)/u/[token]' }, null]
])('without a session, %s leads to where it should', (_, more, location) => {
	expect(to(more)).toBe(location);
});

test('with a session everything goes on', () => {
	expect(to({ stage: 'open' })).toBeNull();
});

test.each([
	['a second factor is missing', 'second-factor', '/sign-in/second-factor?returnTo=%2Fpeople'],
	['one has to be set up', 'enrol', '/sign-in/protect?returnTo=%2Fpeople']
] as const)('while %s, only that page opens', (_, stage, location) => {
	expect(to({ stage })).toBe(location);
	expect(to({ stage, method: 'POST' })).toBe(location.split('?')[0]);
	expect(to({ stage, routeId: '/(public)/sign-out' })).toBeNull();
});

test.each([
	['127.0.0.1:4780', 'http://localhost:4780/people'],
	['[::1]:4780', 'http://localhost:4780/people'],
	['127.0.0.1:9999', null],
	['evil.example', null]
])('a signed-in reader at %s', (host, location) => {
	expect(to({ host, stage: 'open' })).toBe(location);
});

test('behind a proxy the name of the host inside does not matter', () => {
	expect(
		to({ host: '127.0.0.1:4780', publicUrl: 'https://journeys.clinic.example', stage: 'open' })
	).toBeNull();
});

import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { isMadeByHand, requireSafeDatabase, requireStrongSecrets } from './strong-secrets.ts';

const secrets = {
	zeros: '00'.repeat(32),
	'one byte again and again': 'ab'.repeat(32),
	'a word again and again': 'deadbeef'.repeat(8),
	'all digits again and again': '0123456789abcdef'.repeat(4),
	'counting up': Buffer.from(Array.from({ length: 32 }, (_, n) => n)).toString('hex'),
	'a sentence': Buffer.from('this is my very own secret words').toString('hex')
};

test.each(Object.entries(secrets))('a secret of %s is refused, and not repeated', (_, hex) => {
	const begin = () => requireStrongSecrets({ STEPWELL_SECRET: hex });
	expect(begin).toThrow(/^STEPWELL_SECRET can be guessed\. Make one: openssl rand -hex 32$/);
	const key = Buffer.from(hex, 'hex').toString('base64');
	expect(() => requireStrongSecrets({ STEPWELL_KEYS: `new:${key}` })).toThrow(/key new can be guessed/);
	const good = `good:${randomBytes(32).toString('base64')}`;
	expect(() => requireStrongSecrets({ STEPWELL_KEYS: `${good},old:${key}` })).toThrow(/key old can be/);
});

test('what a generator makes is taken', () => {
	for (let n = 0; n < 2000; n++) expect(isMadeByHand(randomBytes(32))).toBe(false);
	const env = {
		STEPWELL_SECRET: randomBytes(32).toString('hex'),
		STEPWELL_KEYS: `a:${randomBytes(32).toString('base64')}`,
		STEPWELL_METRICS_TOKEN: randomBytes(24).toString('hex')
	};
	expect(() => requireStrongSecrets(env)).not.toThrow();
	expect(() => requireStrongSecrets({ STEPWELL_SECRET: '', STEPWELL_KEYS: '' })).not.toThrow();
});

test.each(['metrics', 'a-changeme-of-twenty-four-signs'])('the token %s is refused', (token) => {
	expect(() => requireStrongSecrets({ STEPWELL_METRICS_TOKEN: token })).toThrow(/can be guessed/);
});

const strong = 'q7Zk-Vm2xR9t-Lw4';
const tls = 'sslmode=verify-full';
test.each([
	['this machine', 'postgres://me@localhost/stepwell', null],
	['this machine by address', 'postgres://me:x@127.0.0.1:5432/stepwell', null],
	['a socket', 'postgres://me@/stepwell?host=%2Fvar%2Frun%2Fpostgresql', null],
	['another machine with checked TLS', `postgres://me:${strong}@db.example/stepwell?${tls}`, null],
	['a client certificate', `postgres://me@db.example/stepwell?${tls}&sslcert=a&sslkey=b`, null],
	['no TLS', `postgres://me:${strong}@db.example/stepwell`, 'sslmode=verify-full'],
	['TLS that checks nothing', `postgres://me:${strong}@db.example/s?sslmode=no-verify`, 'verify-full'],
	['TLS if it may be', `postgres://me:${strong}@db.example/s?sslmode=prefer`, 'verify-full'],
	['TLS of later weakness', `postgres://me:${strong}@db.example/s?sslmode=require`, 'verify-full'],
	['TLS taken back', `postgres://me:${strong}@db.example/s?${tls}&sslmode=disable`, 'verify-full'],
	['TLS overruled', `postgres://me:${strong}@db.example/s?${tls}&ssl=0`, 'verify-full'],
	['another host in the query', `postgres://me:${strong}@localhost/s?host=db.example`, 'verify-full'],
	['a short password', `postgres://me:k7Rm@db.example/s?${tls}`, 'can be guessed'],
	['a known password', `postgres://me:my-password-is@db.example/s?${tls}`, 'can be guessed'],
	['a known one, encoded', `postgres://me:p%61ssword%2D2026@db.example/s?${tls}`, 'can be guessed']
])('a database behind %s', (_, url, refusal) => {
	const begin = () => requireSafeDatabase(url, false);
	if (refusal === null) expect(begin).not.toThrow();
	else expect(begin).toThrow(refusal);
});

test('who says that the network is private needs no TLS there, and a good password all the same', () => {
	expect(() => requireSafeDatabase(`postgres://me:${strong}@db/stepwell`, true)).not.toThrow();
	expect(() => requireSafeDatabase('postgres://me:postgres@db/stepwell', true)).toThrow('can be guessed');
});

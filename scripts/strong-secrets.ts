// What a stranger could guess is refused before anything starts: secrets, keys, and the way to the database.
import { StartError } from '../src/lib/server/db/start-error.ts';
import { parseKeys } from '../src/lib/server/seal/key-text.ts';

// 32 random bytes hold 30 different ones on average; fewer than 18 come about once in 10^8 tries.
const FEWEST_DIFFERENT = 18;
const SHORTEST_PASSWORD = 12;
const SHORTEST_TOKEN = 24;
const KNOWN =
	/pass(word|wort)?|secret|changeme|change-me|stepwell|postgres|admin|example|letmein|qwerty|12345/i;

/** Whether somebody wrote these bytes rather than a generator: few different ones, or a text. */
export function isMadeByHand(bytes: Buffer): boolean {
	const isText = bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
	const isCounted = bytes.every((byte, at) => at === 0 || byte - (bytes[at - 1] ?? 0) === 1);
	return isText || isCounted || new Set(bytes).size < FEWEST_DIFFERENT;
}

/** Throws a StartError for a secret, key or token of the environment that can be guessed. It is never printed. */
export function requireStrongSecrets(env: NodeJS.ProcessEnv): void {
	const { STEPWELL_SECRET: secret, STEPWELL_KEYS: keys, STEPWELL_METRICS_TOKEN: token } = env;
	// Of another length it is told by whoever reads it.
	if (secret && /^[0-9a-f]{64}$/i.test(secret) && isMadeByHand(Buffer.from(secret, 'hex')))
		throw new StartError('STEPWELL_SECRET can be guessed. Make one: openssl rand -hex 32');
	const weak = keys?.trim()
		? parseKeys(keys, 'STEPWELL_KEYS').find(({ bytes }) => isMadeByHand(bytes))
		: undefined;
	if (weak)
		throw new StartError(
			`STEPWELL_KEYS: key ${weak.id} can be guessed. Put a new one first: openssl rand -base64 32`
		);
	if (token && (token.length < SHORTEST_TOKEN || KNOWN.test(token)))
		throw new StartError('STEPWELL_METRICS_TOKEN can be guessed. Make one: openssl rand -hex 24');
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/**
 * Throws a StartError where the database is on another machine and the way there is open to others: without TLS that checks
 * whose certificate it is, or with a password that can be guessed. `isPrivate`: STEPWELL_PRIVATE_DATABASE, by which an operator
 * says that nobody else is on that network.
 */
export function requireSafeDatabase(address: string, isPrivate: boolean): void {
	const url = URL.parse(address);
	if (!url || isOnThisMachine(url)) return;
	const password = decode(url.password);
	if (password.length < SHORTEST_PASSWORD ? password !== '' : KNOWN.test(password))
		throw new StartError(
			`The password in DATABASE_URL can be guessed: use at least ${SHORTEST_PASSWORD} random characters for a database on another machine.`
		);
	if (isPrivate || isVerified(url.searchParams)) return;
	throw new StartError(
		'DATABASE_URL leads to another machine without checked TLS. Add ?sslmode=verify-full (and sslrootcert=FILE for a CA of your own), or set STEPWELL_PRIVATE_DATABASE=yes where nobody else is on that network.'
	);
}

// The client lets `host` in the query win over the one before it, as a folder for a socket.
function isOnThisMachine({ hostname, searchParams }: URL): boolean {
	const host = searchParams.get('host') ?? hostname;
	return host === '' || host.startsWith('/') || LOOPBACK.test(host);
}

function isVerified(query: URLSearchParams): boolean {
	return query.getAll('sslmode').at(-1) === 'verify-full' && query.get('ssl') === null;
}

function decode(password: string): string {
	try {
		return decodeURIComponent(password);
	} catch {
		return password; // What is wrong with it is told when it is used.
	}
}

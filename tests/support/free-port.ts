/** Ports for processes that a test starts. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the ports that systems give to outgoing connections (RFC 6335; Linux from 32768 on): between the look and the
// start, a connection of some other test would take one of those.
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
	for (;;) {
		const port = randomInt(LOWEST, HIGHEST);
		if (await isFree(port)) return port;
	}
}

function isFree(port: number): Promise<boolean> {
	const probe = createServer();
	return new Promise((done) => {
		probe.once('error', () => done(false));
		probe.listen(port, '127.0.0.1', () => probe.close(() => done(true)));
	});
}

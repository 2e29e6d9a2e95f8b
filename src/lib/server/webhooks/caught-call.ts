/** A call that was caught instead of made, as it would have gone out; values of its headers may be keys of systems, and stay out. */
import type { Engine } from '../app.ts';
import { keepCaught } from '../mail/keep-caught.ts';
import type { Call } from './caller.ts';

export async function keepCall(engine: Engine, { contactId, versionId, request }: Call): Promise<void> {
	const { url, method, headers, body } = request;
	const { host, pathname } = new URL(url);
	const lines = [`${method} ${url}`, ...Object.keys(headers).map((name) => `${name}: ...`), '', body ?? ''];
	await keepCaught(engine, {
		channel: 'call',
		contactId,
		versionId,
		head: { from: 'Stepwell', to: [host], subject: `${method} ${pathname}` },
		raw: Buffer.from(lines.join('\n'))
	});
}

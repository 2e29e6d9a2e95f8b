/** The one log of the process. What could be about a person is taken out of every line, wherever it stands in it. */
import { join } from 'node:path';
import { pino, type DestinationStream, type Logger } from 'pino';
import { isTrace, Trace } from './trace.ts';

/** Opens `stepwell.log` in the data folder. */
export function openLog(dataFolder: string): Logger {
	return logTo(pino.destination({ dest: join(dataFolder, 'stepwell.log'), mkdir: true, sync: false }));
}

/** A log that writes to `destination`. */
export function logTo(destination: DestinationStream): Logger {
	const log = pino(
		{
			base: { pid: process.pid },
			formatters: { log: redactedMembers },
			hooks: {
				// pino takes an error's message for the line's where the line has none, and puts values into a text with %s.
				logMethod([first, second], write) {
					if (typeof first === 'string') write.call(this, withoutAddresses(first));
					else write.call(this, asMembers(first), typeof second === 'string' ? withoutAddresses(second) : '');
				}
			}
		},
		destination
	);
	// What a child says of itself on every line goes past the formatters.
	const { child } = log;
	log.child = function (this: Logger, members, options) {
		return child.call(this, redactedMembers(members), options);
	} as typeof child;
	return log;
}

/** Names that a value about a person, or a secret, could have: whole ones, and parts of longer ones. */
const WHOLE = ['name', 'to', 'cc', 'bcc', 'from', 'text'];
const PARTS = [
	'address',
	'attribute',
	'authorization',
	'birth',
	'body',
	'cookie',
	'contact_?id',
	'(display|family|first|full|given|last|middle)_?name',
	'e-?mail',
	'html',
	'password',
	'payload',
	'phone',
	'propert',
	'public_?id',
	'recipient',
	'sealed',
	'search',
	'secret',
	'subject',
	'token',
	'trigger'
];
const COVERED = new RegExp(`^(${WHOLE.join('|')})$|${PARTS.join('|')}`, 'i');
const COVER = '[redacted]';
const ADDRESS = /[^\s@"'<>(),;:]+@[^\s@"'<>(),;:]+/g;
const DEEPEST = 8;

function asMembers(value: unknown): Record<string, unknown> {
	if (value instanceof Error) return { error: new Trace(value) };
	return typeof value === 'object' && value !== null ? { ...value } : { value };
}

function redactedMembers(members: Record<string, unknown>): Record<string, unknown> {
	return redactObject(members, 0, new Set());
}

function redactObject(value: object, depth: number, above: Set<object>): Record<string, unknown> {
	const inside = new Set(above).add(value);
	return Object.fromEntries(
		Object.entries(value).map(([key, member]) => [
			withoutAddresses(key),
			COVERED.test(key) ? COVER : redact(member, depth + 1, inside)
		])
	);
}

function redact(value: unknown, depth: number, above: Set<object>): unknown {
	if (typeof value === 'string') return withoutAddresses(value);
	if (typeof value !== 'object' || value === null || isTrace(value)) return value;
	if (value instanceof Error) return new Trace(value);
	if (value instanceof Date) return value;
	// Bytes are a mail or a key; what goes in circles or this deep was never meant for a log.
	if (ArrayBuffer.isView(value) || above.has(value) || depth > DEEPEST) return COVER;
	if (Array.isArray(value)) return value.map((each) => redact(each, depth + 1, new Set(above).add(value)));
	if (value instanceof Map || value instanceof Set) return COVER;
	return redactObject(value, depth, above);
}

function withoutAddresses(text: string): string {
	return text.replace(ADDRESS, COVER);
}

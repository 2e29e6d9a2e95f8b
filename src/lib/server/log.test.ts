import { expect, test, vi } from 'vitest';
import { logTo } from './log.ts';
import { Trace } from './trace.ts';

/** What a log with `write` done to it holds: the text, and its last line read. */
function linesOf(write: (log: ReturnType<typeof logTo>) => void) {
	let text = '';
	write(logTo({ write: (line) => void (text += line) }));
	return { text, line: JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown> };
}

const canaries = ['Roe', 'jane.roe@patients.example', '555-0199', '1980-02-03'];
function expectNoCanary(text: string) {
	for (const canary of canaries) expect(text).not.toContain(canary);
}

/** As pg throws it: the row is in the message, the detail and more. */
function rowError(): Error {
	return Object.assign(
		new Error('duplicate key: (name)=(Jane Roe)\n    at Jane Roe (jane.roe@patients.example:1:1)'),
		{
			code: '23505',
			constraint: 'contacts_email_key',
			detail: 'Key (email)=(jane.roe@patients.example) already exists.',
			where: 'COPY contacts, line 1: "Roe 1980-02-03"',
			parameters: ['Jane Roe', '555-0199']
		}
	);
}

test('an error that quotes a row leaves its name, code, constraint and frames', () => {
	const cause = new SyntaxError('Unexpected token R in JSON: Jane Roe');
	for (const [key, error] of [
		['error', rowError()],
		['err', rowError()],
		['whatever', new TypeError('Roe', { cause })]
	] as const) {
		const { text, line } = linesOf((log) => log.error({ [key]: error, task: 'pump' }, 'task failed'));
		expectNoCanary(text);
		expect(line).toMatchObject({ task: 'pump', msg: 'task failed' });
		expect(line[key]).toMatchObject({
			name: error.name,
			frames: expect.arrayContaining([/log\.test\.ts/].map((part) => expect.stringMatching(part)))
		});
	}
	const { line } = linesOf((log) => log.error({ error: rowError() }, 'x'));
	expect(line['error']).toMatchObject({ code: '23505', constraint: 'contacts_email_key' });
});

test('an error without a word of its own does not speak for itself', () => {
	const { text, line } = linesOf((log) => log.error(rowError()));
	expectNoCanary(text);
	expect(line['error']).toMatchObject({ name: 'Error', code: '23505' });
	expectNoCanary(linesOf((log) => log.error({ err: rowError() })).text);
	expectNoCanary(linesOf((log) => log.error(rowError(), 'with a word')).text);
});

test.each<[string, object]>([
	[
		'an object in an object',
		{ request: { contact: { email: 'jane.roe@patients.example', phone: '555-0199' } } }
	],
	['a list of objects', { people: [{ attributes: { birthDate: '1980-02-03' } }, { name: 'Jane Roe' }] }],
	['eleven layers', { a: { b: { c: { d: { e: { f: { g: { h: { i: { j: { k: 'Roe' } } } } } } } } } } }],
	['an address under a name that tells nothing', { note: 'wrote to jane.roe@patients.example at noon' }],
	['an address as a name', { 'jane.roe@patients.example': 1 }],
	[
		'other spellings',
		{ contactEmail: 'Roe', first_name: 'Roe', toAddress: 'Roe', rawBody: 'Roe', triggerPayload: 'Roe' }
	],
	['bytes', { raw: Buffer.from('Jane Roe') }],
	['a map', { people: new Map([['Jane', 'Roe']]) }],
	[
		'secrets',
		{ password: 'Roe', headers: { authorization: 'Roe', cookie: 'Roe' }, apiToken: 'Roe', secret: 'Roe' }
	]
])('%s tells nothing about a person', (_, members) => {
	expectNoCanary(linesOf((log) => log.info(members, 'noted')).text);
	expectNoCanary(linesOf((log) => log.child(members).info('noted')).text);
});

test('an object in circles ends', () => {
	const circle: Record<string, unknown> = { id: 1 };
	circle['self'] = circle;
	expect(linesOf((log) => log.info({ circle }, 'x')).line['circle']).toEqual({ id: 1, self: '[redacted]' });
});

test('values put into a sentence are left out, and so is an address in it', () => {
	expectNoCanary(linesOf((log) => log.info('hello %s', 'Jane Roe')).text);
	expectNoCanary(linesOf((log) => log.info({ id: 1 }, 'hello %s', 'Jane Roe')).text);
	expectNoCanary(linesOf((log) => log.info('sent to jane.roe@patients.example')).text);
});

test('ids, codes and counts stay readable', () => {
	const facts = {
		task: 'send',
		code: 'ETIMEDOUT',
		message: 12,
		event: 7,
		keys: ['a', 'b'],
		port: 4780,
		at: ['f']
	};
	expect(linesOf((log) => log.warn(facts, 'a line')).line).toMatchObject({
		...facts,
		msg: 'a line',
		pid: process.pid
	});
});

test('what is thrown and is no error leaves its type only', () => {
	expect(new Trace('Jane Roe')).toEqual({ name: 'string', frames: [] });
});

test('a trace that the other bundle made is one too', async () => {
	vi.resetModules();
	const other = await import('./trace.ts');
	expect(other.Trace).not.toBe(Trace);
	const { line } = linesOf((log) => log.error({ error: new other.Trace(rowError()) }, 'x'));
	expect(line['error']).toMatchObject({ name: 'Error', code: '23505' });
});

test('causes are followed three deep', () => {
	const error = new Error('1', {
		cause: new Error('2', { cause: new Error('3', { cause: new Error('4', { cause: new Error('5') }) }) })
	});
	expect(new Trace(error).cause?.cause?.cause?.name).toBe('Error');
	expect(new Trace(error).cause?.cause?.cause?.cause).toBeUndefined();
});

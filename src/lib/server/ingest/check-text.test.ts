import { expect, test } from 'vitest';
import { checkText } from './check-text.ts';

const nested = (depth: number): unknown => (depth === 0 ? 1 : { in: nested(depth - 1) });

test.each([
	['U+0000 in a value', { properties: { note: 'a\u0000b' } }, '/properties/note'],
	['U+0000 in a name', { properties: { 'a\u0000': 1 } }, '/properties'],
	['half a surrogate pair', [{ name: 'ok' }, { name: '\ud83d' }], '/1/name'],
	['a deep nest', nested(40), `${'/in'.repeat(32)}`],
	['a name that needs escaping', { 'a/b': { '~': '\u0000' } }, '/a~1b/~0']
])('%s is refused at its path', (_, value, path) => {
	expect(() => checkText(value)).toThrow(
		expect.objectContaining({ problem: expect.objectContaining({ code: 'input.invalid', path }) })
	);
});

test('every whole character is text', () => {
	expect(() => checkText({ name: 'Zoë 👩🏽‍⚕️ \u0001', list: ['é', null, 1, true] })).not.toThrow();
});

test('a nest far deeper than the stack is refused, not fatal', () => {
	expect(() => checkText(JSON.parse('['.repeat(200_000) + ']'.repeat(200_000)))).toThrow('nested');
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fold } from '../text.ts';
import { compilePattern } from './pattern.ts';
import { regexOf } from './sql/pattern.ts';

function matches(pattern: string, text: string): boolean {
	const compiled = compilePattern(pattern);
	if ('fault' in compiled) throw new Error(compiled.fault);
	return compiled.test(fold(text));
}

test.each([
	['is unanchored', 'b', 'abc', true],
	['folds case', '^ABC$', 'aBc', true],
	['anchors at both ends', '^b$', 'abc', false],
	['a dot is anything but a newline', '^a.c$', 'a\nc', false],
	['a dot takes a whole code point', '^a.c$', 'a😀c', true],
	['reads sets', '^[a-cx]+$', 'abcx', true],
	['reads sets of capitals', '^[A-C]+$', 'abc', true],
	['reads sets turned round', '[^0-9]', '123', false],
	['reads groups and alternatives', '^(cat|dog)s?$', 'dogs', true],
	['counts exactly', '^a{3}$', 'aa', false],
	['counts at least', '^a{2,}$', 'aaaa', true],
	['counts up to', '^a{1,2}$', 'aaa', false],
	['takes escaped punctuation', '^1\\.5\\$$', '1.5$', true],
	['takes the empty alternative', '^(a|)$', '', true],
	['a hyphen at the end of a set is itself', '^[a-]+$', 'a-a', true],
	['repeats what may be empty', '^(a*)*$', 'aaab', false],
	['the letter sigma folds the same everywhere', '^ΟΔΟΣ$', 'οδος'.replace('ς', 'σ'), true]
])('%s', (_, pattern, text, wanted) => {
	expect(matches(pattern, text)).toBe(wanted);
});

test.each([
	'(',
	')',
	'a**',
	'a*?',
	'*',
	'[',
	'[]',
	'[z-a]',
	'\\d',
	'\\b',
	'(?:a)',
	'a{256}',
	'a{2,1}',
	'a{',
	'[[:alpha:]]',
	'^*',
	'\\',
	'((a{255}){255}){255}'
])('refuses %j', (pattern) => {
	expect(compilePattern(pattern)).toHaveProperty('fault');
});

test('takes time in proportion to the text, whatever the pattern', () => {
	const before = performance.now();
	expect(matches('^(a+)+$', `${'a'.repeat(5_000)}b`)).toBe(false);
	expect(matches('(a|a)*(a|a)*(a|a)*b', 'a'.repeat(5_000))).toBe(false);
	expect(performance.now() - before).toBeLessThan(1_000);
});

test('agrees with the regular expressions of JavaScript', () => {
	const piece = fc.constantFrom(
		'a',
		'b',
		'c',
		'.',
		'[ab]',
		'[^a]',
		'(ab|c)',
		'(a|b)?',
		'b*',
		'a+',
		'c{2}',
		'a{1,2}',
		'(b|)',
		'^',
		'$'
	);
	fc.assert(
		fc.property(
			fc.array(piece, { maxLength: 6 }),
			fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\n'), maxLength: 8 }),
			(pieces, text) => {
				const pattern = pieces.join('');
				expect(matches(pattern, text)).toBe(new RegExp(pattern, 'u').test(text));
			}
		),
		{ numRuns: 2_000 }
	);
});

test('takes the plainest form of a pattern, so that a database can follow it too', () => {
	const regex = (pattern: string) => {
		const compiled = compilePattern(pattern);
		return 'fault' in compiled ? compiled.fault : regexOf(compiled.tree);
	};
	expect(regex('((a?){30}){5}')).toBe('***:a{0,150}');
	expect(regex('(a+)+')).toBe('***:a{1,}');
	expect(regex('(a*|^|$){3}')).toBe('***:a{0,}');
	expect(regex('(^|,)vip')).toBe('***:(?:^|\\u002c)vip');
	expect(regex('(a*b*){255}')).toBe('it is too large');
	expect(regex('(^a|b$|c){30}')).toBe('it is too large');
});

test('writes sets out and everything but letters and digits by number', () => {
	const compiled = compilePattern('.[^A-C]\\.é😀');
	if ('fault' in compiled) throw new Error(compiled.fault);
	expect(regexOf(compiled.tree)).toBe('***:[^\\u000a][^A-Ca-c]\\u002e\\u00e9\\U0001f600');
});

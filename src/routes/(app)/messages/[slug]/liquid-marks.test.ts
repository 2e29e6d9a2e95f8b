import { describe, expect, it } from 'vitest';
import { liquidFor, pathsIn, stretchesOf } from './liquid-marks.ts';

describe('the stretches of a text', () => {
	it.each([
		'Hi {{ contact.firstName | default: "there" }}, {% if contact.age > 60 %}x{% endif %} {{ open',
		'{{ a }}{{ b }}',
		'no Liquid at all',
		''
	])('joined are the same text: %s', (text) => {
		expect(
			stretchesOf(text)
				.map((stretch) => stretch.text)
				.join('')
		).toBe(text);
	});

	it('say which field is printed, and tell tags from fields', () => {
		const stretches = stretchesOf('Hi {{ contact.firstName }}{% if x %}');
		expect(stretches.map(({ path }) => path)).toEqual([undefined, 'contact.firstName', null]);
	});

	it('list a field once', () => {
		expect(pathsIn('{{ contact.a }} {{contact.a|upcase}} {{ trigger.b }}')).toEqual([
			'contact.a',
			'trigger.b'
		]);
	});
});

it('a date is written as people read it, a first name with a fallback', () => {
	const field = { label: '', phi: false };
	expect(liquidFor({ ...field, path: 'contact.visit', type: 'date' })).toBe(
		'{{ contact.visit | date: "%B %-d, %Y" }}'
	);
	expect(liquidFor({ ...field, path: 'contact.firstName', type: 'text' })).toContain('default: "there"');
});

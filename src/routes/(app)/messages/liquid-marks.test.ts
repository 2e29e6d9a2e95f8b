import { describe, expect, it } from 'vitest';
import { dressedStretchesOf, liquidFor, nameOf, pathsIn, stretchesOf } from './liquid-marks.ts';

describe('the stretches of a text', () => {
	it.each([
		'Hi {{ contact.firstName | default: "there" }}, {% if contact.age > 60 %}x{% endif %} {{ open',
		'{{ a }}{{ b }}',
		'no Liquid at all',
		'**a** [b](https://c.example) ** {{ x }} **d**',
		''
	])('joined are the same text: %s', (text) => {
		expect(
			stretchesOf(text)
				.map((stretch) => stretch.text)
				.join('')
		).toBe(text);
		expect(
			dressedStretchesOf(text)
				.map((stretch) => stretch.text)
				.join('')
		).toBe(text);
	});

	it('know bold and links, and leave a lone pair of stars alone', () => {
		const dressed = dressedStretchesOf('a **b {{ contact.x }}** [c](https://d) ** e');
		expect(dressed.filter(({ bold }) => bold).map(({ text }) => text)).toEqual(['b ', '{{ contact.x }}']);
		expect(dressed.find(({ role }) => role === 'link')?.text).toBe('c');
		expect(dressed.filter(({ role }) => role === 'mark').map(({ text }) => text)).toEqual([
			'**',
			'**',
			'[',
			'](https://d)'
		]);
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

it('a field without a label is named by its words', () => {
	expect(nameOf('contact.firstName')).toBe('first name');
	expect(nameOf('trigger.visit.startsAt')).toBe('visit starts at');
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { htmlEngine, textEngine } from '$lib/journey/liquid.ts';
import { htmlMerge, textMerge } from './merge.ts';

const scope = {
	contact: {
		name: 'Ann & "Lee" <x>',
		empty: '',
		zero: 0,
		yes: true,
		no: false,
		nothing: null,
		list: ['a', '<b>', 3],
		inner: { city: 'O’Fallon', list: [1, 2] },
		size: 'big',
		date: '2026-03-01'
	},
	trigger: {}
};
const options = { zone: 'America/New_York' };

const outputs = [
	'name', 'empty', 'zero', 'yes', 'no', 'nothing', 'missing', 'list', 'inner', 'inner.city', 'inner.none.deeper', 'list.first',
	'list.size', 'name.size', 'size', 'constructor', 'inner.list', 'nothing.deep'
]; // prettier-ignore
const filters = [
	'',
	' | default: "there"',
	" | default: '<i>'",
	' | upcase',
	' | date: "%B %-d"',
	' | default: contact.name'
];
const pieces = [
	...outputs.flatMap((path) => filters.map((filter) => `{{ contact.${path}${filter} }}`)),
	'{{contact.name}}',
	'{{- contact.name -}}',
	'{% if contact.yes %} yes {% else %} no {% endif %}',
	'{% for item in contact.list %}{{ item }}, {% endfor %}',
	'{%- comment -%} nothing {%- endcomment -%}',
	'{% assign z = contact.name %}',
	'{{ z }}',
	'{{ true }}',
	' text ',
	'\n',
	'<p>'
];

describe('a merge prints what LiquidJS would', () => {
	it.each(pieces)('%j', (text) => {
		expect(htmlMerge(text)(scope, options)).toBe(
			htmlEngine.renderSync(htmlEngine.parse(text), scope, { globals: options })
		);
		expect(textMerge(text)(scope, options)).toBe(
			textEngine.renderSync(textEngine.parse(text), scope, { globals: options })
		);
	});

	it('of any pieces in any order', () => {
		fc.assert(
			fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 8 }), (some) => {
				const text = some.join('');
				expect(htmlMerge(text)(scope, options)).toBe(
					htmlEngine.renderSync(htmlEngine.parse(text), scope, { globals: options })
				);
			}),
			{ numRuns: 300 }
		);
	});
});

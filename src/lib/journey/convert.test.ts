import { expect, test } from 'vitest';
import { convertTo } from './convert.ts';
import type { AttributeType } from './world.ts';

test.each<[AttributeType | null, unknown, unknown]>([
	['text', 'a', 'a'],
	['text', '', ''],
	['text', 1e21, '1e+21'],
	['text', true, 'true'],
	['text', ['a', 1], '["a",1]'],
	['text', 'a\u0000', undefined],
	['text', null, undefined],
	[null, 'a', 'a'],
	['number', ' 12.50 ', 12.5],
	['number', '-.5e2', -50],
	['number', 7, 7],
	['number', '', undefined],
	['number', '1e999', undefined],
	['number', '12 kg', undefined],
	['number', '0x10', undefined],
	['boolean', 'TRUE', true],
	['boolean', 'yes', undefined],
	['boolean', false, false],
	['date', ' 2026-02-28 ', '2026-02-28'],
	['date', '2026-02-29', undefined],
	['date', '2026-03-01T20:00:00Z', '2026-03-02'],
	['datetime', '2026-03-01T20:00:00.1239+05:30', '2026-03-01T14:30:00.123Z'],
	['datetime', '2026-03-01', '2026-02-28T18:30:00.000Z'],
	['datetime', 'soon', undefined],
	['list', ['a', 1, true], ['a', 1, true]],
	['list', [['a']], undefined],
	['list', '["a", 2]', ['a', 2]],
	['list', 'a, b,', ['a', 'b']],
	['list', '', []],
	['list', '[a', undefined],
	['list', { a: 1 }, undefined]
])('as %s, %j is %j', (type, value, wanted) =>
	expect(convertTo(type, value, 'Asia/Kolkata')).toEqual(wanted)
);

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mayAs, roles, type Permission } from './permissions.ts';
import { permissionGroups, permissionWords } from './permission-words.ts';
import { roleWords } from './role-words.ts';

const worded = Object.keys(permissionWords) as Permission[];

test('every permission has words, and none has that is no more', () => {
	const source = readFileSync(new URL('./permissions.ts', import.meta.url), 'utf8');
	const [, union = ''] = /export type Permission =([^]*?);\n/.exec(source) ?? [];
	const named = [...union.matchAll(/\| '([a-z.-]+)'/g)].map(([, name]) => name);
	expect(named.length).toBeGreaterThan(20);
	expect(worded.toSorted()).toEqual(named.toSorted());
});

test('every permission is some role’s, in a group that is shown, in a sentence of its own', () => {
	for (const permission of worded) {
		expect(roles.some((role) => mayAs(role, permission))).toBe(true);
		expect(permissionGroups).toContain(permissionWords[permission].group);
	}
	expect(new Set(worded.map((permission) => permissionWords[permission].does)).size).toBe(worded.length);
});

test('every role has words', () => {
	expect(Object.keys(roleWords).toSorted()).toEqual(roles.toSorted());
});

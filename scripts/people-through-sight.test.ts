import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';
import { afterAll, beforeAll, expect, test } from 'vitest';

const { forbidden } = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as {
	forbidden: IForbiddenRuleType[];
};

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'stepwell-rules-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** The rules that a file breaks which imports another. */
async function broken(from: string, to: string): Promise<string[]> {
	const home = join(folder, 'src/lib/server');
	for (const [file, text] of [
		[to, 'export const thing = 1;'],
		[from, `import { thing } from '${join(home, to)}';\nexport const same = thing;`]
	] as const) {
		mkdirSync(dirname(join(home, file)), { recursive: true });
		writeFileSync(join(home, file), text);
	}
	const { output } = await cruise([join('src/lib/server', from)], {
		baseDir: folder,
		validate: true,
		ruleSet: { forbidden }
	});
	return (output as ICruiseResult).summary.violations.map(({ rule }) => rule.name);
}

test.each([
	['api/contacts/x.ts', 'people/contact-store.ts'],
	['api/reports/x.ts', 'people/payloads.ts'],
	['api/x.ts', 'people/covered.ts'],
	['api/mail/x.ts', 'people/caught.ts'],
	['api/settings/x.ts', 'seal/vault.ts'],
	['../../routes/(app)/people/+page.server.ts', 'people/contact-store.ts']
])('%s must not import %s: what it answers would not be masked', async (from, to) => {
	expect(await broken(from, to)).toEqual(['people-through-sight']);
});

test.each([
	['api/contacts/x.ts', 'people/sight.ts'],
	['api/contacts/x.ts', 'people/find-people.ts'],
	['people/x.ts', 'people/contact-store.ts'],
	['mail/x.ts', 'seal/vault.ts']
])('%s may import %s', async (from, to) => {
	expect(await broken(from, to)).toEqual([]);
});

import { ESLint } from 'eslint';
import { expect, test } from 'vitest';

const eslint = new ESLint();

async function faultsOf(file: string, code: string): Promise<(string | null)[]> {
	const [result] = await eslint.lintText(`${code}\n`, { filePath: file });
	return (result?.messages ?? []).map((message) => message.ruleId);
}

test.each([
	['a log of its own', `import { pino } from 'pino';\nexport default pino();`, 'no-restricted-syntax'],
	['a log by its default name', `import pino from 'pino';\nexport default pino();`, 'no-restricted-syntax'],
	['the console', `export default () => console.log('x');`, 'no-console']
])('a file of the product may not use %s', async (_, code, rule) => {
	for (const file of ['src/lib/server/x.ts', 'src/lib/runtime/x.ts', 'src/server.ts', 'src/routes/x.ts'])
		expect(await faultsOf(file, code)).toContain(rule);
});

test('it may name the type of the log, and only log.ts makes one', async () => {
	const typed = `import { type Logger } from 'pino';\nexport type Mine = Logger;\nimport type { Level } from 'pino';\nexport type Its = Level;`;
	expect(await faultsOf('src/lib/server/x.ts', typed)).not.toContain('no-restricted-syntax');
	expect(
		await faultsOf('src/lib/server/log.ts', `import { pino } from 'pino';\nexport default pino();`)
	).toEqual([]);
});

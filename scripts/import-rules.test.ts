import { ESLint } from 'eslint';
import { expect, test } from 'vitest';

const eslint = new ESLint();

async function faultsOf(file: string, line: string): Promise<string[]> {
	const [result] = await eslint.lintText(`${line}\nexport default thing;\n`, { filePath: file });
	return (result?.messages ?? []).map((message) => message.ruleId ?? message.message);
}

const rule = '@typescript-eslint/no-restricted-imports';

test.each([
	['the language does no IO', 'src/lib/journey/x.ts', 'node:fs'],
	['the language knows no database', 'src/lib/journey/x.ts', 'pg'],
	['the language knows no server', 'src/lib/journey/compile/x.ts', '$lib/server/app.ts'],
	['the language knows no server by a relative path', 'src/lib/journey/compile/x.ts', '../../server/app.ts'],
	['the canvas knows no server', 'src/lib/canvas/x.ts', '$lib/server/app.ts'],
	['the canvas knows no runtime', 'src/lib/canvas/x.ts', '$lib/runtime/door.ts'],
	['the kit knows no domain word', 'src/lib/ui/x.ts', '$lib/journey/index.ts'],
	['the runtime draws nothing', 'src/lib/runtime/x.ts', '$lib/ui/format.ts'],
	['the runtime knows no intake', 'src/lib/runtime/x.ts', '$lib/server/ingest/record.ts'],
	['the server draws nothing', 'src/lib/server/x.ts', '$lib/ui/format.ts'],
	['the server enters the runtime by its doors', 'src/lib/server/x.ts', '$lib/runtime/batch.ts'],
	['the database knows no neighbour', 'src/lib/server/db/x.ts', '../mail/compose.ts']
])('%s', async (_, file, specifier) => {
	expect(await faultsOf(file, `import thing from '${specifier}';`)).toContain(rule);
});

test.each([
	['src/lib/journey/x.ts', 'zod/mini'],
	['src/lib/runtime/x.ts', '$lib/server/db/db.ts'],
	['src/lib/server/x.ts', '$lib/runtime/door.ts'],
	['src/lib/canvas/x.ts', '$lib/journey/index.ts']
])('%s may import %s', async (file, specifier) => {
	expect(await faultsOf(file, `import thing from '${specifier}';`)).not.toContain(rule);
});

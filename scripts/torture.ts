// `npm run torture [-- NAME…]`: bundles scripts/torture/main.ts and its processes, so that what is tormented is what production runs.
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { explain } from './terminal.ts';

const out = resolve('.data', `torture-${process.pid}`);

async function torture(): Promise<boolean> {
	process.on('exit', () => rmSync(out, { recursive: true, force: true }));
	await build({
		configFile: 'vite.server.config.ts',
		logLevel: 'error',
		build: {
			ssr: true,
			outDir: out,
			emptyOutDir: true,
			rolldownOptions: {
				input: { main: 'scripts/torture/main.ts', process: 'scripts/torture/process.ts' },
				output: { entryFileNames: '[name].js' }
			}
		}
	});
	const { main } = (await import(
		pathToFileURL(resolve(out, 'main.js')).href
	)) as typeof import('./torture/main.ts');
	return main(process.argv.slice(2), resolve(out, 'process.js'));
}

torture().then((isWell) => process.exit(isWell ? 0 : 1), explain);

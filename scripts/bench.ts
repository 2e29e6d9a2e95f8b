// `npm run bench [-- --json] [-- NAME…]`: bundles scripts/bench/main.ts and its processes, so that what is measured is what production runs.
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { explain } from './terminal.ts';

const out = resolve('.data', 'bench-build');

async function bench(): Promise<void> {
	await build({
		configFile: 'vite.server.config.ts',
		logLevel: 'error',
		build: {
			ssr: true,
			outDir: out,
			emptyOutDir: true,
			rolldownOptions: {
				input: { bench: 'scripts/bench/main.ts', process: 'scripts/bench/process.ts' },
				output: { entryFileNames: '[name].js' }
			}
		}
	});
	const { main } = (await import(
		pathToFileURL(resolve(out, 'bench.js')).href
	)) as typeof import('./bench/main.ts');
	await main(process.argv.slice(2));
	rmSync(out, { recursive: true, force: true });
}

bench().catch(explain);

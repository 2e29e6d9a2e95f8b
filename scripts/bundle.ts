// What measures and torments the product runs it as it is built for production, so it is bundled in the same way.
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';

/** The bundled `main.ts` of `scripts/FOLDER`, and where the program of its processes is. Both go when this process ends. */
export async function bundle<Main>(folder: string): Promise<{ main: Main; process: string }> {
	const out = resolve('.data', `${folder}-${process.pid}`);
	process.on('exit', () => rmSync(out, { recursive: true, force: true }));
	await build({
		configFile: 'vite.server.config.ts',
		logLevel: 'error',
		build: {
			ssr: true,
			outDir: out,
			emptyOutDir: true,
			rolldownOptions: {
				input: { main: `scripts/${folder}/main.ts`, process: `scripts/${folder}/process.ts` },
				output: { entryFileNames: '[name].js' }
			}
		}
	});
	const main = (await import(pathToFileURL(resolve(out, 'main.js')).href)) as Main;
	return { main, process: resolve(out, 'process.js') };
}

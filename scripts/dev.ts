// `npm run dev`: the same product on the sources, with hot reload.
import { createServer as createVite } from 'vite';
import { prepare } from './prepare.ts';
import { explain, hearSignals, stopWhen } from './terminal.ts';

async function dev(): Promise<void> {
	const prepared = await prepare({ onSlow: (what) => console.log(what) });
	try {
		process.env.ORIGIN = prepared.options.publicUrl;
		// Hot reload listens beside the product, on this machine only; svelte.config.js lets pages connect to it.
		const port = (prepared.options.port ?? 4780) + 1;
		process.env.STEPWELL_RELOAD = `ws://localhost:${port}`;
		const vite = await createVite({
			server: { middlewareMode: true, hmr: { host: 'localhost', port } },
			appType: 'custom'
		});
		const { serve } = (await vite.ssrLoadModule('/src/server.ts')) as typeof import('../src/server.ts');
		const asked = hearSignals();
		const running = await serve(prepared.options, (request, response, next) =>
			vite.middlewares(request, response, next)
		);
		console.log(`Stepwell (development) is running: ${prepared.options.publicUrl}`);
		const stop = async () => {
			await running.stop();
			await vite.close();
			await prepared.release();
		};
		await stopWhen(asked, stop, prepared.databaseEnded);
	} catch (error) {
		await prepared.release();
		throw error;
	}
}

dev().catch(explain);

// `npm start`: builds what is missing, starts the database and the product, prints one link, stops cleanly on Ctrl-C.
import { parseArgs } from 'node:util';
import { StartError } from '../src/lib/server/db/start-error.ts';
import { build, isBuilt } from './build.ts';
import { prepare, type Prepared } from './prepare.ts';
import { explain, hearSignals, stopWhen, timed } from './terminal.ts';

const startedAt = performance.now();

async function start(): Promise<void> {
	const { values } = readOptions();
	const prepared = await prepare({
		role: values.role,
		onSlow: say,
		async beforeDatabase() {
			if (!isBuilt()) await timed('Building (once for each version, about half a minute)', build);
		}
	});
	try {
		await run(prepared, values.sample);
	} catch (error) {
		await prepared.release();
		throw error;
	}
}

function readOptions() {
	try {
		return parseArgs({
			options: { sample: { type: 'boolean', default: false }, role: { type: 'string' } }
		});
	} catch (cause) {
		throw new StartError(
			'Usage: npm start [-- --sample] [-- --role all|web|worker|sender]   (--sample loads the sample clinic into an empty Stepwell)',
			{ cause }
		);
	}
}

async function run(prepared: Prepared, sample: boolean): Promise<void> {
	// SvelteKit's handler reads these when it is imported.
	process.env.ORIGIN = prepared.options.publicUrl;
	// Pages send forms and no files; documents and events go to /api, which has a limit of its own.
	process.env.BODY_SIZE_LIMIT = '64K';
	const serverPath = new URL('../build/server.js', import.meta.url).href;
	const handlerPath = new URL('../build/handler.js', import.meta.url).href;
	const { serve } = (await import(serverPath)) as typeof import('../src/server.ts');
	const { role } = prepared.options;
	const hasPages = role === 'all' || role === 'web';
	const { handler } = hasPages
		? ((await import(handlerPath)) as { handler: Parameters<typeof serve>[1] })
		: { handler: undefined };
	const asked = hearSignals();
	const running = await serve(prepared.options, handler);
	const stop = async () => {
		await running.stop();
		await prepared.release();
	};
	const stopping = stopWhen(asked, stop, prepared.databaseEnded);
	if (sample && hasPages) await running.loadSample(say);
	const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
	say(`Stepwell is running (${seconds} s): ${hasPages ? prepared.options.publicUrl : `a ${role}`}`);
	if (prepared.plainHttp && hasPages)
		say('Plain HTTP, for this machine only. To serve others, put HTTPS in front and set PUBLIC_URL.');
	await stopping;
}

function say(line: string): void {
	console.log(line);
}

start().catch(explain);

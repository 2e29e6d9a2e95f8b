// `npm run bench [-- --json] [-- NAME…]`: scripts/bench/main.ts and its processes, bundled.
import { bundle } from './bundle.ts';
import { explain } from './terminal.ts';

async function bench(): Promise<void> {
	const { main } = await bundle<typeof import('./bench/main.ts')>('bench');
	await main.main(process.argv.slice(2));
}

bench().catch(explain);

// `npm run torture [-- NAME…]`: scripts/torture/main.ts and its processes, bundled.
import { bundle } from './bundle.ts';
import { explain } from './terminal.ts';

async function torture(): Promise<boolean> {
	const { main, process: program } = await bundle<typeof import('./torture/main.ts')>('torture');
	return main.main(process.argv.slice(2), program);
}

torture().then((isWell) => process.exit(isWell ? 0 : 1), explain);

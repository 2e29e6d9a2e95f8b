// One process of Stepwell on a test's database, as `npm start` runs it. Its options are JSON in its first argument.
import { hearSignals, stopWhen } from '../../scripts/terminal.ts';

const { server, secret, ...options } = JSON.parse(process.argv[2] ?? '{}') as Record<string, string>;
const { serve } = (await import(server ?? '')) as typeof import('../../src/server.ts');
const asked = hearSignals();
const running = await serve({
	...(options as unknown as Parameters<typeof serve>[0]),
	secret: Buffer.from(secret ?? '', 'hex')
});
console.log('running');
await stopWhen(asked, () => running.stop(), new Promise<void>(() => {}));

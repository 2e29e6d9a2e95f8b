// One process of the product, as `npm start -- --role …` runs it, on a benchmark's database. Its options are JSON in BENCH_PROCESS.
import { serve, type ServeOptions } from '../../src/server.ts';

const options = JSON.parse(process.env.BENCH_PROCESS ?? '{}') as Omit<ServeOptions, 'secret'>;
// Whoever started it is gone.
process.on('disconnect', () => process.exit(0));
const asked = new Promise<void>((resolve) => process.once('SIGTERM', resolve));
const running = await serve({ ...options, secret: Buffer.alloc(32, 7) });
process.send?.('ready');
await asked;
await running.stop();
process.exit(0);

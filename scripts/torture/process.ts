// One process of the product in its role, as far as it moves people and sends their mail. It is there to be killed.
import { pino } from 'pino';
import { startWorkers } from '$lib/runtime/workers.ts';
import type { ProcessRole } from '$lib/server/app.ts';
import { openPool } from '$lib/server/db/db.ts';
import { openVault } from '$lib/server/seal/vault.ts';
import { ringOf, SECRET } from './keys.ts';

const { TORTURE_URL = '', TORTURE_KEY = '', TORTURE_AHEAD_MS = '0', TORTURE_ROLE = 'all' } = process.env;
const ahead = Number(TORTURE_AHEAD_MS);

const pool = openPool(TORTURE_URL, 8);
// Without a database there is nothing to start for; whoever started it tries again.
const vault = await openVault({ pool, provider: ringOf(TORTURE_KEY) }).catch(() => process.exit(1));
const app = {
	pool,
	vault,
	// Ahead of time, the leases of the dead are over.
	clock: { now: () => Date.now() + ahead },
	secret: SECRET,
	publicUrl: 'http://localhost:4780',
	catcherPort: 0,
	dataFolder: '.data',
	migrations: 'drizzle',
	log: pino({ level: process.env.TORTURE_LOG ?? 'silent' }, pino.destination(2)),
	process: {
		id: `torture-${process.pid}`,
		role: TORTURE_ROLE as ProcessRole,
		slot: process.pid % 64,
		isDraining: false
	},
	whileStill: <T>(work: () => Promise<T>) => work()
};
// Heard from before it works, so that whoever asks it to end lets it finish.
const asked = new Promise<void>((resolve) => process.once('SIGTERM', resolve));
const workers = await startWorkers(app).catch(() => process.exit(1));
process.send?.('ready');
// Whoever started it is gone.
process.on('disconnect', () => process.exit(0));
await asked;
await workers.stop();
await vault.close();
await pool.end();
process.exit(0);

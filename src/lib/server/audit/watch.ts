/** What the process does about the audit log by itself: it signs what is new, and cries out when something is wrong with it. */
import type { App } from '../app.ts';
import { checkpointAudit, type AuditCheckpoints } from './checkpoints.ts';
import { describeAuditProtection, findAuditProtection } from './protection.ts';

/** Writes a checkpoint when there is something new. For every hour, and for the start: what ran before may have been stopped. */
export async function signAudit(
	app: Pick<App, 'pool' | 'clock' | 'log'>,
	checkpoints: AuditCheckpoints
): Promise<void> {
	const outcome = await checkpointAudit(app.pool, checkpoints, app.clock.now());
	if (!('fault' in outcome)) return;
	const { code, id } = outcome.fault;
	app.log.error(
		{ fault: code, entry: id },
		'The audit log is not what was signed. No checkpoint was written.'
	);
}

/** Notes at the start how well the database guards the log, where it could be better. */
export async function noteProtection(app: Pick<App, 'pool' | 'log'>): Promise<void> {
	const protection = await findAuditProtection(app.pool);
	if (describeAuditProtection(protection) === null) return;
	app.log.warn(
		{ protection },
		'The database guards the audit log less than it could. The page Audit log says what to do.'
	);
}

import { TRPCError } from '@trpc/server';
import { expect, test } from 'vitest';
import { appRouter, callerFor } from '../../src/lib/server/api/router.ts';
import type { App } from '../../src/lib/server/app.ts';
import type { Actor, Role } from '../../src/lib/server/auth/permissions.ts';

type Caller = Role | 'key' | 'nobody';

/** Who may call each procedure. Whoever is not named is refused; a procedure that is not here fails the test. */
const callers: Record<string, readonly Caller[]> = {
	'attributes.change': ['owner'],
	'attributes.define': ['owner'],
	'attributes.holders': ['owner', 'marketer'],
	'attributes.list': ['owner', 'marketer'],
	'audit.actions': ['owner', 'operator'],
	'audit.actors': ['owner', 'operator'],
	'audit.export': ['owner', 'operator'],
	'audit.list': ['owner', 'operator'],
	'audit.state': ['owner', 'operator'],
	'contacts.count': ['owner', 'marketer'],
	'contacts.create': ['owner', 'marketer'],
	'contacts.enrol': ['owner', 'marketer'],
	'contacts.get': ['owner', 'marketer'],
	'contacts.list': ['owner', 'marketer'],
	'contacts.rights.disclose': ['owner'],
	'contacts.rights.disclosures': ['owner'],
	'contacts.rights.endRestriction': ['owner'],
	'contacts.rights.erase': ['owner'],
	'contacts.rights.erased': ['owner', 'marketer'],
	'contacts.rights.export': ['owner'],
	'contacts.rights.get': ['owner'],
	'contacts.rights.liftHold': ['owner'],
	'contacts.rights.placeHold': ['owner'],
	'contacts.rights.restrict': ['owner'],
	'contacts.show': ['owner', 'marketer'],
	'contacts.update': ['owner', 'marketer'],
	'ingest.events': ['owner', 'integrator', 'key'],
	'ingest.trigger': ['owner', 'integrator', 'key'],
	'journeys.byHand': ['owner', 'marketer', 'manager', 'integrator'],
	'journeys.create': ['owner', 'marketer'],
	'journeys.get': ['owner', 'marketer', 'manager', 'integrator'],
	'journeys.list': ['owner', 'marketer', 'manager', 'integrator'],
	'journeys.archive': ['owner', 'marketer'],
	'journeys.pause': ['owner', 'marketer'],
	'journeys.previewMove': ['owner', 'marketer'],
	'journeys.publish': ['owner', 'marketer'],
	'journeys.resume': ['owner', 'marketer'],
	'journeys.saveDraft': ['owner', 'marketer'],
	'journeys.workspace': ['owner', 'marketer', 'manager', 'integrator'],
	'keys.create': ['owner', 'integrator', 'operator'],
	'keys.list': ['owner', 'integrator', 'operator'],
	'keys.revoke': ['owner', 'integrator', 'operator'],
	'mail.get': ['owner', 'marketer'],
	'mail.list': ['owner', 'marketer'],
	'notes.get': ['owner', 'marketer'],
	'notes.list': ['owner', 'marketer'],
	'operations.failedEnrollments': ['owner', 'operator'],
	'operations.failedJobs': ['owner', 'operator'],
	'operations.failures': ['owner', 'operator'],
	'operations.retry': ['owner', 'operator'],
	'operations.retryAside': ['owner', 'operator'],
	'operations.retryJobs': ['owner', 'operator'],
	'operations.setAside': ['owner', 'operator'],
	'operations.state': ['owner', 'operator'],
	'reports.counts': ['owner', 'marketer', 'manager'],
	'reports.overview': ['owner', 'marketer', 'manager'],
	'reports.people': ['owner', 'marketer', 'manager'],
	'reports.report': ['owner', 'marketer', 'manager'],
	'settings.checkMail': ['owner', 'operator'],
	'settings.get': ['owner', 'operator'],
	'settings.removeMail': ['owner', 'operator'],
	'settings.saveBreaker': ['owner', 'operator'],
	'settings.saveMail': ['owner', 'operator'],
	'settings.saveWorkspace': ['owner', 'operator'],
	'settings.status': ['owner', 'marketer', 'manager', 'integrator', 'operator'],
	'tasks.answer': ['owner', 'marketer', 'manager', 'integrator', 'operator'],
	'tasks.assign': ['owner', 'marketer', 'manager', 'integrator', 'operator'],
	'tasks.count': ['owner', 'marketer', 'manager', 'integrator', 'operator'],
	'tasks.end': ['owner', 'marketer'],
	'tasks.list': ['owner', 'marketer', 'manager', 'integrator', 'operator'],
	'tasks.retry': ['owner', 'marketer'],
	'tasks.settle': ['owner', 'marketer'],
	'tasks.show': ['owner', 'marketer'],
	'templates.create': ['owner', 'marketer'],
	'templates.fields': ['owner', 'marketer', 'manager', 'integrator'],
	'templates.get': ['owner', 'marketer', 'manager', 'integrator'],
	'templates.getText': ['owner', 'marketer', 'manager', 'integrator'],
	'templates.list': ['owner', 'marketer', 'manager', 'integrator'],
	'templates.preview': ['owner', 'marketer'],
	'templates.previewPeople': ['owner', 'marketer'],
	'templates.save': ['owner', 'marketer'],
	'templates.saveText': ['owner', 'marketer'],
	'templates.testSend': ['owner', 'marketer']
};

const everybody = [
	'owner',
	'marketer',
	'manager',
	'integrator',
	'operator',
	'key',
	'nobody'
] as const satisfies readonly Caller[];

const paths = Object.keys(appRouter._def.procedures);

class Reached extends Error {}
/** Whoever gets past the permission meets this instead of a database. */
const guarded = new Proxy({} as App, {
	get() {
		throw new Reached();
	}
});

function actorOf(caller: Caller): Actor | null {
	if (caller === 'nobody') return null;
	if (caller === 'key') return { kind: 'key', id: 'k', name: 'Lab' };
	return { kind: 'user', id: 1, name: 'Ann', role: caller };
}

/** `allowed`, or the code that refused. */
async function answerTo(caller: Caller, path: string): Promise<string> {
	const api = callerFor({ app: guarded, actor: actorOf(caller), call: { ip: null, requestId: null } });
	const call = path
		.split('.')
		.reduce<unknown>((room, name) => (room as Record<string, unknown>)[name], api) as () => Promise<unknown>;
	const error: unknown = await call().then(
		() => new Error('It answered without an app.'),
		(thrown: unknown) => thrown
	);
	if (!(error instanceof TRPCError)) throw error;
	return error.cause instanceof Reached ? 'allowed' : error.code;
}

test('the table names every procedure, and no other', () => {
	expect(paths.toSorted()).toEqual(Object.keys(callers).toSorted());
});

test.each(everybody)('%s may call what the table says, and is refused everything else', async (caller) => {
	const refused = caller === 'nobody' ? 'UNAUTHORIZED' : 'FORBIDDEN';
	const answers = await Promise.all(paths.map(async (path) => [path, await answerTo(caller, path)]));
	const expected = paths.map((path) => [path, callers[path]?.includes(caller) ? 'allowed' : refused]);
	expect(answers).toEqual(expected);
});

test('a role that this version does not know may do nothing', async () => {
	for (const path of paths)
		for (const role of ['admin', 'constructor', '__proto__'])
			expect(await answerTo(role as Caller, path)).toBe('FORBIDDEN');
});

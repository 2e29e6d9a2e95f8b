import { TRPCError } from '@trpc/server';
import { expect, test } from 'vitest';
import { appRouter, callerFor } from '../../src/lib/server/api/router.ts';
import type { Context } from '../../src/lib/server/api/trpc.ts';
import type { App } from '../../src/lib/server/app.ts';
import { ApiError } from '../../src/lib/server/api/errors.ts';
import {
	FRESH_MS,
	isFresh,
	type Actor,
	type Role,
	type UserActor
} from '../../src/lib/server/auth/permissions.ts';

type Caller = Role | 'key' | 'nobody';

/** Who may call each procedure. Whoever is not named is refused; a procedure that is not here fails the test. */
const callers: Record<string, readonly Caller[]> = {
	'access.get': ['owner', 'operator'],
	'access.save': ['owner', 'operator'],
	'account.addPasskey': ['owner', 'marketer', 'manager', 'integrator', 'operator', 'privacy-officer'],
	'account.beginAuthenticator': ['owner', 'marketer', 'manager', 'integrator', 'operator', 'privacy-officer'],
	'account.beginPasskey': ['owner', 'marketer', 'manager', 'integrator', 'operator', 'privacy-officer'],
	'account.changePassword': ['owner', 'marketer', 'manager', 'integrator', 'operator', 'privacy-officer'],
	'account.confirmAuthenticator': [
		'owner',
		'marketer',
		'manager',
		'integrator',
		'operator',
		'privacy-officer'
	],
	'account.fresh': ['owner', 'marketer', 'manager', 'integrator', 'operator', 'privacy-officer'],
	'account.get': ['owner', 'marketer', 'manager', 'integrator', 'operator', 'privacy-officer'],
	'account.removeAuthenticator': [
		'owner',
		'marketer',
		'manager',
		'integrator',
		'operator',
		'privacy-officer'
	],
	'account.removePasskey': ['owner', 'marketer', 'manager', 'integrator', 'operator', 'privacy-officer'],
	'account.renamePasskey': ['owner', 'marketer', 'manager', 'integrator', 'operator', 'privacy-officer'],
	'account.renewRecoveryCodes': ['owner', 'marketer', 'manager', 'integrator', 'operator', 'privacy-officer'],
	'account.stepUp': ['owner', 'marketer', 'manager', 'integrator', 'operator', 'privacy-officer'],
	'account.waysToStepUp': ['owner', 'marketer', 'manager', 'integrator', 'operator', 'privacy-officer'],
	'attributes.change': ['owner', 'privacy-officer'],
	'attributes.define': ['owner', 'privacy-officer'],
	'attributes.holders': ['owner', 'marketer', 'privacy-officer'],
	'attributes.list': ['owner', 'marketer', 'privacy-officer'],
	'audit.actions': ['owner', 'operator', 'privacy-officer'],
	'audit.actors': ['owner', 'operator', 'privacy-officer'],
	'audit.export': ['owner', 'operator', 'privacy-officer'],
	'audit.list': ['owner', 'operator', 'privacy-officer'],
	'audit.state': ['owner', 'operator', 'privacy-officer'],
	'contacts.count': ['owner', 'marketer', 'privacy-officer'],
	'contacts.create': ['owner', 'marketer'],
	'contacts.enrol': ['owner', 'marketer'],
	'contacts.get': ['owner', 'marketer', 'privacy-officer'],
	'contacts.list': ['owner', 'marketer', 'privacy-officer'],
	'contacts.rights.disclose': ['owner', 'privacy-officer'],
	'contacts.rights.disclosures': ['owner', 'privacy-officer'],
	'contacts.rights.endRestriction': ['owner', 'privacy-officer'],
	'contacts.rights.erase': ['owner', 'privacy-officer'],
	'contacts.rights.erased': ['owner', 'marketer', 'privacy-officer'],
	'contacts.rights.export': ['owner', 'privacy-officer'],
	'contacts.rights.get': ['owner', 'privacy-officer'],
	'contacts.rights.liftHold': ['owner', 'privacy-officer'],
	'contacts.rights.placeHold': ['owner', 'privacy-officer'],
	'contacts.rights.restrict': ['owner', 'privacy-officer'],
	'contacts.show': ['owner', 'marketer', 'privacy-officer'],
	'contacts.update': ['owner', 'marketer'],
	'emergency.begin': ['manager', 'operator'],
	'emergency.end': ['owner', 'marketer', 'manager', 'privacy-officer', 'integrator', 'operator'],
	'emergency.review': ['owner', 'privacy-officer'],
	'emergency.state': ['owner', 'marketer', 'manager', 'privacy-officer', 'integrator', 'operator'],
	'ingest.events': ['owner', 'integrator', 'key'],
	'ingest.trigger': ['owner', 'integrator', 'key'],
	'journeys.byHand': ['owner', 'marketer', 'manager', 'integrator', 'privacy-officer'],
	'journeys.create': ['owner', 'marketer'],
	'journeys.get': ['owner', 'marketer', 'manager', 'integrator', 'privacy-officer'],
	'journeys.list': ['owner', 'marketer', 'manager', 'integrator', 'privacy-officer'],
	'journeys.archive': ['owner', 'marketer'],
	'journeys.pause': ['owner', 'marketer'],
	'journeys.previewMove': ['owner', 'marketer'],
	'journeys.publish': ['owner', 'marketer'],
	'journeys.resume': ['owner', 'marketer'],
	'journeys.saveDraft': ['owner', 'marketer'],
	'journeys.workspace': ['owner', 'marketer', 'manager', 'integrator', 'privacy-officer'],
	'keys.create': ['owner', 'integrator', 'operator'],
	'keys.list': ['owner', 'integrator', 'operator'],
	'keys.revoke': ['owner', 'integrator', 'operator'],
	'mail.get': ['owner', 'marketer'],
	'mail.list': ['owner', 'marketer'],
	'members.changeRole': ['owner'],
	'members.deactivate': ['owner'],
	'members.invite': ['owner'],
	'members.list': ['owner', 'marketer', 'manager', 'integrator', 'operator', 'privacy-officer'],
	'members.reactivate': ['owner'],
	'members.revokeInvitation': ['owner'],
	'notes.get': ['owner', 'marketer', 'privacy-officer'],
	'notes.list': ['owner', 'marketer', 'privacy-officer'],
	'notifications.get': ['owner', 'marketer', 'manager', 'integrator', 'operator', 'privacy-officer'],
	'notifications.save': ['owner', 'marketer', 'manager', 'integrator', 'operator', 'privacy-officer'],
	'operations.failedEnrollments': ['owner', 'operator'],
	'operations.failedJobs': ['owner', 'operator'],
	'operations.failures': ['owner', 'operator'],
	'operations.retry': ['owner', 'operator'],
	'operations.retryAside': ['owner', 'operator'],
	'operations.retryJobs': ['owner', 'operator'],
	'operations.setAside': ['owner', 'operator'],
	'operations.state': ['owner', 'operator'],
	'reports.counts': ['owner', 'marketer', 'manager', 'privacy-officer'],
	'reports.overview': ['owner', 'marketer', 'manager', 'privacy-officer'],
	'reports.people': ['owner', 'marketer', 'manager', 'privacy-officer'],
	'reports.report': ['owner', 'marketer', 'manager', 'privacy-officer'],
	'sessions.here': ['owner', 'marketer', 'manager', 'privacy-officer', 'integrator', 'operator'],
	'sessions.list': ['owner', 'marketer', 'manager', 'privacy-officer', 'integrator', 'operator'],
	'sessions.revoke': ['owner', 'marketer', 'manager', 'privacy-officer', 'integrator', 'operator'],
	'sessions.revokeOthers': ['owner', 'marketer', 'manager', 'privacy-officer', 'integrator', 'operator'],
	'sessions.state': ['owner', 'marketer', 'manager', 'privacy-officer', 'integrator', 'operator'],
	'settings.checkMail': ['owner', 'operator'],
	'settings.get': ['owner', 'operator'],
	'settings.removeMail': ['owner', 'operator'],
	'settings.saveBreaker': ['owner', 'operator'],
	'settings.saveMail': ['owner', 'operator'],
	'settings.saveWorkspace': ['owner', 'operator'],
	'settings.status': ['owner', 'marketer', 'manager', 'integrator', 'operator', 'privacy-officer'],
	'sso.create': ['owner'],
	'sso.list': ['owner'],
	'sso.readMetadata': ['owner'],
	'sso.remove': ['owner'],
	'sso.save': ['owner'],
	'tasks.answer': ['owner', 'marketer', 'manager', 'integrator', 'operator', 'privacy-officer'],
	'tasks.assign': ['owner', 'marketer', 'manager', 'integrator', 'operator', 'privacy-officer'],
	'tasks.count': ['owner', 'marketer', 'manager', 'integrator', 'operator', 'privacy-officer'],
	'tasks.end': ['owner', 'marketer'],
	'tasks.list': ['owner', 'marketer', 'manager', 'integrator', 'operator', 'privacy-officer'],
	'tasks.retry': ['owner', 'marketer'],
	'tasks.settle': ['owner', 'marketer'],
	'tasks.show': ['owner', 'marketer', 'privacy-officer'],
	'templates.create': ['owner', 'marketer'],
	'templates.fields': ['owner', 'marketer', 'manager', 'integrator', 'privacy-officer'],
	'templates.get': ['owner', 'marketer', 'manager', 'integrator', 'privacy-officer'],
	'templates.getText': ['owner', 'marketer', 'manager', 'integrator', 'privacy-officer'],
	'templates.list': ['owner', 'marketer', 'manager', 'integrator', 'privacy-officer'],
	'templates.preview': ['owner', 'marketer'],
	'templates.previewPeople': ['owner', 'marketer', 'privacy-officer'],
	'templates.save': ['owner', 'marketer'],
	'templates.saveText': ['owner', 'marketer'],
	'templates.testSend': ['owner', 'marketer']
};

/** What asks for all factors anew, five minutes after they were shown: what leaves, what is approved, what opens doors. */
const fresh = [
	'access.save',
	'emergency.begin',
	'members.changeRole',
	'members.invite',
	'members.reactivate',
	'sso.create',
	'sso.remove',
	'sso.save',
	'account.addPasskey',
	'account.beginAuthenticator',
	'account.beginPasskey',
	'account.confirmAuthenticator',
	'account.fresh',
	'account.removeAuthenticator',
	'account.removePasskey',
	'account.renewRecoveryCodes',
	'audit.export',
	'contacts.rights.erase',
	'contacts.rights.export',
	'keys.create',
	'settings.removeMail',
	'settings.saveMail',
	'tasks.answer'
];

const everybody = [
	'owner',
	'marketer',
	'manager',
	'privacy-officer',
	'integrator',
	'operator',
	'key',
	'nobody'
] as const satisfies readonly Caller[];

const paths = Object.keys(appRouter._def.procedures);

class Reached extends Error {}
/** Whoever gets past the permission meets this instead of a database. */
const guarded = reaching<App>();

function reaching<T extends object>(): T {
	return new Proxy({} as T, {
		get() {
			throw new Reached();
		}
	});
}

function actorOf(caller: Caller): Actor | null {
	if (caller === 'nobody') return null;
	if (caller === 'key') return { kind: 'key', id: 'k', name: 'Lab' };
	return { kind: 'user', id: 1, name: 'Ann', role: caller, provedAt: Infinity };
}

/** `allowed`, or the code that refused. */
function answerTo(caller: Caller, path: string): Promise<string> {
	return answerOf(actorOf(caller), path);
}

async function answerOf(actor: Actor | null, path: string): Promise<string> {
	const error = await failureOf({ app: guarded, actor, call: { ip: null, requestId: null } }, path);
	if (!(error instanceof TRPCError)) throw error;
	return error.cause instanceof Reached ? 'allowed' : error.code;
}

async function failureOf(context: Context, path: string): Promise<unknown> {
	const api = callerFor(context);
	const call = path
		.split('.')
		.reduce<unknown>((room, name) => (room as Record<string, unknown>)[name], api) as () => Promise<unknown>;
	return call().then(
		() => new Error('It answered without an app.'),
		(thrown: unknown) => thrown
	);
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

test('while a second factor has to be set up, one’s own account is all there is', async () => {
	const actor = { ...(actorOf('owner') as UserActor), isEnrolling: true };
	for (const path of paths) {
		const isOwn = /^(account|notifications|sessions)\.|^emergency\.(end|state)$/.test(path);
		expect([path, await answerOf(actor, path)]).toEqual([path, isOwn ? 'allowed' : 'FORBIDDEN']);
	}
});

/** What somebody may find and see in emergency access whose role shows nobody. */
const inEmergency = [
	'attributes.holders',
	'attributes.list',
	'contacts.count',
	'contacts.get',
	'contacts.list',
	'contacts.rights.erased',
	'contacts.show',
	'notes.get',
	'notes.list',
	'tasks.show',
	'templates.previewPeople'
];

test('emergency access lets people be found and seen, and nothing be changed or taken along', async () => {
	const actor = { ...(actorOf('operator') as UserActor), emergency: 7 };
	const opened = [];
	for (const path of paths)
		if ((await answerOf(actor, path)) === 'allowed' && !callers[path]?.includes('operator'))
			opened.push(path);
	expect(opened.toSorted()).toEqual(inEmergency);
});

test.each<[string, number, readonly string[]]>([
	['five minutes after the factors were shown', FRESH_MS, fresh],
	['a moment before', FRESH_MS - 1, []]
])('%s exactly what the list says asks for them anew', async (_, now, expected) => {
	const app = { clock: { now: () => now } } as App;
	const asking: string[] = [];
	for (const path of paths) {
		const role = callers[path]?.includes('owner') ? 'owner' : (callers[path]?.[0] as Role);
		const actor = { kind: 'user', id: 1, name: 'Ann', role, provedAt: 0 } as const;
		const error = await failureOf({ app, actor, call: reaching() }, path);
		if (error instanceof TRPCError && error.cause instanceof ApiError)
			if (error.cause.problem.code === 'auth.step-up') asking.push(path);
	}
	expect(asking.toSorted()).toEqual(expected.toSorted());
});

test('a session that showed no factors is never fresh, and a key never is', () => {
	const ann = { kind: 'user', id: 1, name: 'Ann', role: 'owner' } as const;
	expect(isFresh(ann, 0)).toBe(false);
	expect(isFresh({ kind: 'key', id: 'k', name: 'Lab' }, 0)).toBe(false);
});

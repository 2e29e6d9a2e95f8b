/** What is open outside of a journey while its people move to a new version: a question to the team, a call of another system. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { claimCall } from '../../src/lib/runtime/call-claim.ts';
import { recordCall } from '../../src/lib/runtime/call-record.ts';
import { settleHeld } from '../../src/lib/runtime/held.ts';
import { inTransaction } from '../../src/lib/server/db/db.ts';
import { expectOneStory } from '../support/audit.ts';
import { startHookServer, type HookServer } from '../support/hook-server.ts';
import { Clinic, DAY, draw, email, HOUR, type DrawnStep } from '../support/journey.ts';
import { addMember, type TeamMember } from '../support/team.ts';

let clinic: Clinic;
let hooks: HookServer;
let ben: TeamMember;
let n = 0;
let slug = '';
let ann = '';
beforeAll(async () => {
	hooks = await startHookServer();
	clinic = await Clinic.open('2026-03-02T12:00:00Z');
	ben = await addMember(clinic.app, 'Ben', 'marketer');
	await clinic.attribute('risk', 'number', true);
});
afterAll(async () => {
	await hooks.close();
	await clinic.close();
});
beforeEach(async () => {
	slug = `way-${++n}`;
	ann = `ann${n}`;
	await clinic.contacts({ id: ann, email: `${ann}@example.test` });
	hooks.heard.length = 0;
	hooks.answer = (_, response) => void response.end('7');
	clinic.caller = hooks.caller();
});
afterEach(async () => {
	await expectOneStory(clinic.pool);
	// Whoever is inside has a time by which they move, or waits for a call that is under way.
	expect(
		await clinic.count(
			`enrollments e where e.ended_at is null and e.due_at is null and not exists (
				select from webhook_calls c where c.enrollment_id = e.id and c.step = e.step and c.state in ('queued', 'sending')
				and c.arrival = visits_of(e.visited, e.step))`
		)
	).toBe(0);
});

type Steps = Record<string, DrawnStep>;
type Mapping = Record<string, { step: string } | 'exit'>;

const wait = (duration = 'P2D'): DrawnStep => ['wait.for', { duration }];
const ask = (more: object = {}): DrawnStep => [
	'wait.approval',
	{ by: 'Ben', ask: 'May we write?', timeout: 'P3D', ...more }
];
const call = (more: object = {}): DrawnStep => ['webhook.call', { url: hooks.url, method: 'POST', ...more }];
const ends: Steps = { yes: ['exit', { reason: 'yes' }], no: ['exit', { reason: 'no' }] };

const drawn = (steps: Steps, edges: string[]) =>
	draw({ go: ['trigger.transactional', { event: `go.${n}` }], ...steps }, edges);
const publish = (steps: Steps, edges: string[]) => clinic.publish(slug, drawn(steps, edges));
const move = (steps: Steps, edges: string[], mapping: Mapping = {}) =>
	clinic.republish(slug, drawn(steps, edges), { choice: 'move', mapping });

async function enter(): Promise<void> {
	await clinic.tell(ann, `go.${n}`);
	while ((await clinic.route()) + (await clinic.pump()).enrollments);
}
async function placeOf(): Promise<string> {
	const { at } = await clinic.one<{ at: string }>(
		`select concat_ws(' ', v.number, e.step, e.state, e.waiting_for, e.reason) as at from enrollments e
		 join journey_versions v on v.id = e.version_id where e.contact_id = $1`,
		[clinic.idOf(ann)]
	);
	return at;
}

async function questions(): Promise<number[]> {
	const { kinds } = await ben.api.tasks.list({});
	return kinds.flatMap(({ tasks }) => tasks.map(({ key }) => Number(key)));
}
const lastQuestion = async () => (await clinic.one<{ id: number }>('select max(id) as id from approvals')).id;
const approve = (id: number) => ben.api.tasks.answer({ id, answer: 'approved' });

const asking: Steps = { look: ask(), ...ends };
const asked = ['go -> look', 'look.approved -> yes', 'look.declined -> no'];

test('a question goes along where its step is still there, and its answer leads on in the new version', async () => {
	await publish(asking, asked);
	await enter();
	const id = await lastQuestion();
	await move({ look: ask({ timeout: 'P5D' }), after: wait(), ...ends }, [
		'go -> look',
		'look.approved -> after'
	]);
	expect(await questions()).toEqual([id]);
	expect(await placeOf()).toBe('2 look waiting approval');
	await approve(id);
	await clinic.settle();
	expect(await placeOf()).toBe('2 after waiting time');
	expect(await questions()).toEqual([]);
	await clinic.pass(6 * DAY);
});

test('a question whose step is gone is over, and its answer is refused', async () => {
	await publish(asking, asked);
	await enter();
	const id = await lastQuestion();
	await move({ rest: wait() }, ['go -> rest'], { look: { step: 'rest' } });
	expect(await questions()).toEqual([]);
	await expect(approve(id)).rejects.toThrow('this person has left the step');
	expect(await placeOf()).toBe('2 rest waiting time');
	await clinic.pass(3 * DAY);
	expect(await placeOf()).toBe('2 rest completed');
});

test('an answer that was given and not yet looked at moves nobody from the question they came to instead', async () => {
	await publish(asking, asked);
	await enter();
	const id = await lastQuestion();
	await approve(id);
	await move({ other: ask(), ...ends }, ['go -> other', 'other.approved -> yes', 'other.declined -> no'], {
		look: { step: 'other' }
	});
	await clinic.settle();
	expect(await placeOf()).toBe('2 other waiting approval');
	const next = await lastQuestion();
	expect(await questions()).toEqual([next]);
	await ben.api.tasks.answer({ id: next, answer: 'declined' });
	await clinic.settle();
	expect(await placeOf()).toBe('2 no exited no');
});

test('an answer that was looked at before the version came leads on in it', async () => {
	await publish(asking, asked);
	await enter();
	await approve(await lastQuestion());
	await clinic.route();
	await move(asking, asked);
	await clinic.settle();
	expect(await placeOf()).toBe('2 yes exited yes');
});

test('a question that comes back under the same name is another one', async () => {
	await publish(asking, asked);
	await enter();
	const first = await lastQuestion();
	await move({ look: wait() }, ['go -> look']);
	await clinic.settle();
	await move(asking, asked);
	await clinic.settle();
	const second = await lastQuestion();
	expect(await questions()).toEqual([second]);
	await expect(approve(first)).rejects.toThrow('this person has left the step');
	expect(await placeOf()).toBe('3 look waiting approval');
	await approve(second);
	await clinic.settle();
	expect(await placeOf()).toBe('3 yes exited yes');
});

const calling = (): Steps => ({ call: call(), ...ends });
const called = ['go -> call', 'call -> yes', 'call.failed -> no'];

test('a call goes along where its step is still there, and its answer leads on in the new version', async () => {
	await publish(calling(), called);
	await enter();
	const under = await claimCall(clinic.app, []);
	await move({ call: call({ save: 'risk' }), after: wait(), ...ends }, [
		'go -> call',
		'call -> after',
		'call.failed -> no'
	]);
	expect(await placeOf()).toBe('2 call waiting webhook');
	if (!under) throw new Error('Nothing was claimed.');
	await recordCall(clinic.app, under, { outcome: 'answered', status: 200, body: 7 });
	await clinic.settle();
	// What the new version would keep of an answer, the call of the old one did not.
	expect(await placeOf()).toBe('2 after waiting time');
	await clinic.pass(3 * DAY);
});

test('a call that waits for its next try goes along too', async () => {
	hooks.answer = (_, response, at) => {
		response.statusCode = at === 1 ? 503 : 200;
		response.end();
	};
	await publish(calling(), called);
	await enter();
	await clinic.settle();
	await move(calling(), called);
	await clinic.pass(HOUR);
	expect(await placeOf()).toBe('2 yes exited yes');
});

test('a call whose step is gone is taken back, and one under way wakes nobody', async () => {
	await publish(calling(), called);
	await enter();
	const under = await claimCall(clinic.app, []);
	await move({ rest: wait() }, ['go -> rest'], { call: { step: 'rest' } });
	await clinic.settle();
	if (!under) throw new Error('Nothing was claimed.');
	await recordCall(clinic.app, under, { outcome: 'answered', status: 200, body: null });
	expect(await placeOf()).toBe('2 rest waiting time');
	await clinic.pass(3 * DAY);
	expect(await placeOf()).toBe('2 rest completed');
	expect(hooks.heard).toHaveLength(0);
});

test.each(['under way', 'waiting for its next try'])(
	'a call %s answers for its own visit alone, though a new version leads to the step again',
	async (how) => {
		hooks.answer = (_, response) => {
			response.statusCode = 503;
			response.end();
		};
		await publish(calling(), called);
		await enter();
		const under = how === 'under way' ? await claimCall(clinic.app, []) : null;
		if (!under) await clinic.call();
		await move({ call: wait() }, ['go -> call']);
		while ((await clinic.pump()).enrollments);
		await move(calling(), called);
		while ((await clinic.pump()).enrollments);
		if (under) await recordCall(clinic.app, under, { outcome: 'answered', status: 200, body: null });
		expect(await placeOf()).toBe('3 call waiting webhook');
		hooks.heard.length = 0;
		hooks.answer = (_, response) => void response.end();
		await clinic.pass(HOUR);
		expect(await placeOf()).toBe('3 yes exited yes');
		expect(hooks.heard).toHaveLength(1);
	}
);

test('what became of a message wakes its own visit alone, though a new version leads to the step again', async () => {
	const mailing: Steps = { mail: email(), ...ends };
	const mailed = ['go -> mail', 'mail.next -> yes', 'mail.failed -> no'];
	const hold = () =>
		clinic.one<{ id: number }>(
			`update messages set state = 'unknown' where contact_id = $1 and state = 'queued' returning id`,
			[clinic.idOf(ann)]
		);
	const settle = (id: number, verdict: 'left' | 'arrived') =>
		inTransaction(clinic.pool, (tx) => settleHeld(tx, clinic.app, id, verdict));
	await publish(mailing, mailed);
	await enter();
	const first = await hold();
	await move({ mail: wait() }, ['go -> mail']);
	while ((await clinic.pump()).enrollments);
	await move(mailing, mailed);
	while ((await clinic.pump()).enrollments);
	const second = await hold();
	await settle(first.id, 'left');
	while ((await clinic.pump()).enrollments);
	expect(await placeOf()).toBe('3 mail waiting handover');
	await settle(second.id, 'arrived');
	while ((await clinic.pump()).enrollments);
	expect(await placeOf()).toBe('3 yes exited yes');
});

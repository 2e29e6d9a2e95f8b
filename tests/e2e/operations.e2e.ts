// What an operator sees and does: an error stops a patient, the page says so, the cause is mended, and the patient goes on.
import { expect } from '@playwright/test';
import { expectAccessible } from './accessible.ts';
import { ask } from './database.ts';
import { open, publishResults, signUp, withStepwell, type SignedIn, type Stepwell } from './stepwell.ts';

const test = withStepwell().extend<object, { me: SignedIn; slug: string }>({
	me: [async ({ stepwell }, use) => use(await signUp(stepwell.url)), { scope: 'worker' }],
	slug: [async ({ me }, use) => use(await publishResults(me, 'treatment', 'PT5S')), { scope: 'worker' }]
});

test.beforeEach(async ({ page, stepwell, me, slug: _ }) => {
	const [name, value] = me.cookie.split('=') as [string, string];
	await page.context().addCookies([{ name, value, url: stepwell.url }]);
	await ask(stepwell, `update users set role = 'operator'`);
});
test.afterEach(({ stepwell }) => ask(stepwell, `update users set role = 'owner'`));

/** From now on nothing that moves anybody on can be written, until it is mended; that they failed can. */
const spoil = (stepwell: Stepwell) =>
	ask(stepwell, 'alter table step_paths add constraint broken check (reasons is not null) not valid');
const mend = (stepwell: Stepwell) => ask(stepwell, 'alter table step_paths drop constraint broken');

const expectCount = (stepwell: Stepwell, count: number, of: string) =>
	expect
		.poll(async () => (await ask<{ n: number }>(stepwell, `select count(*)::int as n from ${of}`))[0]?.n, {
			timeout: 20_000
		})
		.toBe(count);

/** Lets people in and has an error stop each of them. */
async function stopPeople(stepwell: Stepwell, { api }: SignedIn, ids: string[]): Promise<void> {
	await ask(stepwell, `update users set role = 'owner'`);
	for (const id of ids)
		await api.ingest.trigger.mutate({
			name: 'result-treatment',
			contact: { id, name: `Canary ${id}`, email: `${id}@example.test` },
			payload: { score: 7 }
		});
	await ask(stepwell, `update users set role = 'operator'`);
	await expectCount(stepwell, ids.length, `enrollments where state = 'waiting'`);
	await spoil(stepwell);
	await expectCount(stepwell, ids.length, 'failures');
}

const stoppedId = async (stepwell: Stepwell) =>
	(await ask<{ id: number }>(stepwell, 'select enrollment_id::int as id from failures'))[0]?.id ?? 0;

test('all is well, and the page says so without being asked', async ({ page, stepwell }) => {
	await open(page, stepwell.url);
	await expect(page).toHaveURL(/\/operations$/);
	await expect(page.getByRole('heading', { name: 'All is well' })).toBeVisible();
	await expect(page.getByText('Nobody. Whoever an error stops')).toBeVisible();
	const asOf = page.locator('time').first();
	const first = await asOf.getAttribute('datetime');
	await expect.poll(() => asOf.getAttribute('datetime')).not.toBe(first);
	await expectAccessible(page);
});

test('one who was stopped is seen by number, tried again, and goes on', async ({ page, stepwell, me }) => {
	await stopPeople(stepwell, me, ['p-1']);
	await open(page, `${stepwell.url}/operations`);
	await expect(page.getByRole('heading', { name: '1 person is stopped by an error' })).toBeVisible();
	const stopped = page.getByRole('region', { name: 'Stopped by an error', exact: true });
	await expect(stopped).toContainText('internal error (23514)');
	await stopped.getByRole('button', { name: /^1 person: / }).click();
	await expect(stopped.getByText(/^Person \d+/)).toBeVisible();
	await expect(page.locator('body')).not.toContainText('Canary');
	await expectAccessible(page);

	await mend(stepwell);
	await stopped.getByRole('button', { name: /^Try again: .*Results by treatment/ }).click();
	await expect(page.getByRole('heading', { name: 'All is well' })).toBeVisible();
	await expectCount(stepwell, 1, `messages where state = 'sent'`);
	const [entry] = await ask<{ actor_name: string; details: object }>(
		stepwell,
		`select actor_name, details from audit_log where action = 'enrollment.retry'`
	);
	expect(entry).toMatchObject({ actor_name: 'Maya Owner', details: { retried: 1 } });
});

test('many are asked about first, by keyboard, and counted', async ({ page, stepwell, me }) => {
	await stopPeople(stepwell, me, ['p-2', 'p-3', 'p-4']);
	await open(page, `${stepwell.url}/operations`);
	await mend(stepwell);
	const again = page.getByRole('button', { name: /^Try again: .*Results by treatment/ });
	await again.focus();
	await page.keyboard.press('Enter');
	const dialog = page.getByRole('dialog', { name: 'Try 3 people again?' });
	await expect(dialog).toContainText('If the cause is not mended, they stop again.');
	await expectAccessible(page);
	const confirm = dialog.getByRole('button', { name: 'Try 3 people again' });
	for (let presses = 0; presses < 6; presses++) {
		if (await confirm.evaluate((button) => button === document.activeElement)) break;
		await page.keyboard.press('Tab');
	}
	await page.keyboard.press('Enter');
	await expect(page.getByRole('dialog')).toContainText('3 people go on.');
	await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
	await expect(page.getByRole('heading', { name: 'All is well' })).toBeVisible();
	await expectCount(stepwell, 0, 'enrollments where ended_at is null');
	await expectCount(stepwell, 0, `enrollments where state = 'failed'`);
	await expectCount(stepwell, 0, `messages where state <> 'sent'`);
});

test('a result that nobody could route waits on the page, and lets the patient in when it is tried again', async ({
	page,
	stepwell,
	me
}) => {
	await ask(stepwell, `update users set role = 'owner'`);
	await me.api.ingest.events.mutate({
		name: 'nothing.special',
		contact: { id: 'p-aside', name: 'Canary Aside', email: 'p-aside@example.test' }
	});
	await ask(stepwell, `update users set role = 'operator'`);
	await expectCount(stepwell, 0, 'event_queue');
	const flip = `update contacts set sealed = set_byte(sealed, length(sealed) - 1, get_byte(sealed, length(sealed) - 1) # 1)
		where id = (select max(id) from contacts)`;
	await ask(stepwell, flip);
	const enrolled = await ask<{ n: number }>(stepwell, 'select count(*)::int as n from enrollments');
	await ask(
		stepwell,
		`with told as (
			insert into events (contact_id, name, properties, occurred_at, received_at, source)
			select max(id), 'api.result-treatment', '{"score":7}', now(), now(), 'test' from contacts, generate_series(1, 3)
			group by generate_series returning id, received_at
		), queued as (insert into event_queue (event_id, received_at) select * from told)
		select graphile_worker.add_job('route', job_key => 'route')`
	);
	await expectCount(stepwell, 3, 'set_aside');

	await open(page, `${stepwell.url}/operations`);
	await expect(page.getByRole('heading', { name: '3 events and entries are set aside' })).toBeVisible();
	const aside = page.getByRole('region', { name: 'Set aside', exact: true });
	await expect(aside).toContainText('Event api.result-treatment');
	await expect(aside).toContainText('What is kept about this person can’t be opened');
	await expect(page.locator('body')).not.toContainText('Canary');
	await expectAccessible(page);

	await ask(stepwell, flip);
	// The oldest stands last.
	await aside
		.getByRole('button', { name: /^Try again: Event api.result-treatment/ })
		.last()
		.click();
	await expect(page.getByRole('heading', { name: '2 events and entries are set aside' })).toBeVisible();
	await aside.getByRole('button', { name: 'All 2 again…' }).click();
	const dialog = page.getByRole('dialog');
	await expect(dialog).toContainText('Each counts from now on, and once');
	await expectAccessible(page);
	await dialog.getByRole('button', { name: 'Try 2 events and entries again' }).click();
	await expect(dialog).toContainText('2 are tried again.');
	await dialog.getByRole('button', { name: 'Close' }).last().click();
	await expect(page.getByRole('heading', { name: 'All is well' })).toBeVisible();
	await expect(aside).toBeHidden();
	await expectCount(stepwell, (enrolled[0]?.n ?? 0) + 3, 'enrollments');
	await expectCount(stepwell, 0, 'set_aside');
	await expectCount(stepwell, 0, 'enrollments where ended_at is null');
});

test('from the tasks, an owner gets to where all are tried again; a marketer has no way there', async ({
	page,
	stepwell,
	me
}) => {
	await stopPeople(stepwell, me, ['t-1']);
	await ask(stepwell, `update users set role = 'marketer'`);
	await open(page, `${stepwell.url}/tasks`);
	await expect(page.getByRole('heading', { name: /^Stuck in a journey/ })).toBeVisible();
	await expect(page.getByRole('link', { name: 'Try all again …' })).toHaveCount(0);
	await ask(stepwell, `update users set role = 'owner'`);
	await open(page, `${stepwell.url}/tasks`);
	await page.getByRole('link', { name: 'Try all again …' }).click();
	await expect(page).toHaveURL(/\/operations#stopped$/);
	await expect(page.getByRole('region', { name: 'Stopped by an error', exact: true })).toBeVisible();
	await mend(stepwell);
	await me.api.operations.retry.mutate({ enrollment: await stoppedId(stepwell) });
	await expectCount(stepwell, 0, 'failures');
});

test('a job that was given up is done again', async ({ page, stepwell }) => {
	await ask(
		stepwell,
		`select graphile_worker.permanently_fail_jobs(array[(select id from graphile_worker.add_job('tidy', run_at => now() + interval '1 day'))], 'tidy failed (53100)')`
	);
	await open(page, `${stepwell.url}/operations`);
	await expect(page.getByRole('heading', { name: '1 job was given up' })).toBeVisible();
	const jobs = page.getByRole('region', { name: 'Jobs given up' });
	await expect(jobs).toContainText('The disk is full.');
	await jobs.getByRole('button', { name: /^Do it again: Tidy up once a day/ }).click();
	await expect(jobs).toContainText('None.');
	await expect(page.getByRole('heading', { name: 'All is well' })).toBeVisible();
});

test('figures that can’t be read again stay, and are marked as old', async ({ page, stepwell }) => {
	await open(page, `${stepwell.url}/operations`);
	await page.route('**/api/trpc/**', (route) => route.abort());
	await expect(page.getByText('These figures are old')).toBeVisible();
	await expect(page.getByRole('heading', { name: 'All is well' })).toBeVisible();
	await expectAccessible(page);
	await page.unroute('**/api/trpc/**');
	await expect(page.getByText('These figures are old')).toBeHidden();
});

test('looking keeps nobody signed in, and the page says when it is over', async ({ page, stepwell }) => {
	await open(page, `${stepwell.url}/operations`);
	const [kept] = await ask<{ id: string }>(
		stepwell,
		`update sessions set last_seen_at = now() - interval '14 minutes' returning id`
	);
	const asOf = page.locator('time').first();
	const first = await asOf.getAttribute('datetime');
	await expect.poll(() => asOf.getAttribute('datetime')).not.toBe(first);
	const [idle] = await ask<{ minutes: number }>(
		stepwell,
		`select (extract(epoch from now() - last_seen_at) / 60)::int as minutes from sessions where id = '${kept?.id}'`
	);
	expect(idle?.minutes).toBe(14);
	// The session of the page alone is over; the other tests' go on.
	await page.context().clearCookies();
	await expect(page.getByText('You are signed out')).toBeVisible();
	await expect(page.getByRole('link', { name: 'Sign in' })).toHaveAttribute(
		'href',
		'/sign-in?returnTo=%2Foperations'
	);
	await ask(stepwell, 'update sessions set last_seen_at = now()');
});

test('a marketer is refused, and has no way to it', async ({ page, stepwell }) => {
	await ask(stepwell, `update users set role = 'marketer'`);
	const answer = await page.goto(`${stepwell.url}/operations`);
	expect(answer?.status()).toBe(403);
	await expect(page.getByRole('heading', { name: 'You may not open this' })).toBeVisible();
	await open(page, `${stepwell.url}/journeys`);
	await expect(page.getByRole('link', { name: 'Operations' })).toBeHidden();
});

test('on a phone nothing is wider than the screen', async ({ page, stepwell, me }) => {
	await stopPeople(stepwell, me, ['p-5', 'p-6']);
	await page.setViewportSize({ width: 390, height: 844 });
	await open(page, `${stepwell.url}/operations`);
	await expect(page.getByRole('heading', { name: '2 people are stopped by an error' })).toBeVisible();
	const wider = await page.evaluate(() =>
		[...document.querySelectorAll('main *, main')]
			.filter(
				(each) => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflowX !== 'visible'
			)
			.map((each) => each.outerHTML.slice(0, 120))
	);
	expect(wider).toEqual([]);
	expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
	await expect(
		page.getByRole('navigation', { name: 'Main' }).last().getByRole('link', { name: 'Operations' })
	).toBeVisible();
	await expectAccessible(page);
	await mend(stepwell);
});

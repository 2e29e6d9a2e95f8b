// How a session ends, as somebody sees it who walked away; and how a manager sees a patient when somebody is in danger.
import { expect, type Page } from '@playwright/test';
import { expectAccessible } from './accessible.ts';
import { ask, signInAs } from './database.ts';
import { clientOf, open, signUp, withStepwell, type SignedIn, type Stepwell } from './stepwell.ts';

const test = withStepwell().extend<object, { me: SignedIn }>({
	me: [
		async ({ stepwell }, use) => {
			const me = await signUp(stepwell.url);
			await me.api.contacts.create.mutate({ name: 'Jane Roe', email: 'jane@patients.test' });
			await use(me);
		},
		{ scope: 'worker' }
	]
});

async function signIn(page: Page, { url }: Stepwell, cookie: string): Promise<void> {
	const [name = '', value = ''] = cookie.split('=');
	await page.context().addCookies([{ name, value, url }]);
}

/** Lets the server believe that nobody used the session for so long. */
const unused = (stepwell: Stepwell, cookie: string, minutes: number) =>
	ask(stepwell, `update sessions set last_seen_at = now() - make_interval(secs => $2) where id = $1`, [
		cookie.replace(/^\w+=(\w+)\..*$/, '$1'),
		minutes * 60
	]);

test('who walks away is warned, and then nothing about anybody is on the screen', async ({
	page,
	stepwell,
	me: _
}) => {
	const cookie = await signInAs(stepwell, 'owner');
	await signIn(page, stepwell, cookie);
	await page.clock.install();
	await open(page, `${stepwell.url}/people`);
	await expect(page.getByText('Jane Roe')).toBeVisible();

	await unused(stepwell, cookie, 14.5);
	await page.clock.fastForward('14:10');
	const warning = page.getByRole('dialog', { name: 'Are you still there?' });
	await expect(warning).toBeVisible();
	await expect(page.getByText('Jane Roe'), 'nobody may be there').toBeHidden();
	await expectAccessible(page);
	await page.screenshot({ path: 'test-results/idle-warning.png' });
	await warning.getByRole('button', { name: 'Stay signed in' }).click();
	await expect(warning).toBeHidden();
	await expect(page.getByText('Jane Roe')).toBeVisible();
	const [seen] = await ask<{ ago: number }>(
		stepwell,
		`select extract(epoch from now() - last_seen_at)::float8 as ago from sessions where id = $1`,
		[cookie.replace(/^\w+=(\w+)\..*$/, '$1')]
	);
	expect(seen?.ago, 'the button was a use').toBeLessThan(30);

	await unused(stepwell, cookie, 14.5);
	await page.clock.fastForward('14:10');
	await expect(warning).toBeVisible();
	await unused(stepwell, cookie, 15);
	await page.clock.fastForward('01:00');
	await page.waitForURL('**/sign-in?over=idle&returnTo=%2Fpeople');
	await expect(page.getByText('nobody used Stepwell for a while')).toBeVisible();
	expect(await page.content()).not.toContain('Jane');
	await page.screenshot({ path: 'test-results/idle-over.png' });
	await page.goBack().catch(() => {});
	expect(await page.content(), 'also behind the back button').not.toContain('Jane');
});

test('somebody ends the session that they left open elsewhere', async ({ page, stepwell, me: _ }) => {
	const here = await signInAs(stepwell, 'marketer');
	const [mine] = await ask<{ user: number }>(stepwell, `select user_id as user from sessions where id = $1`, [
		here.replace(/^\w+=(\w+)\..*$/, '$1')
	]);
	const elsewhere = await signInAs(stepwell, 'marketer');
	await ask(stepwell, 'update sessions set user_id = $2, agent = $3, ip = $4 where id = $1', [
		elsewhere.replace(/^\w+=(\w+)\..*$/, '$1'),
		mine?.user,
		'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
		'192.0.2.7'
	]);
	await signIn(page, stepwell, here);
	await open(page, `${stepwell.url}/account`);
	await page.getByRole('button', { name: 'End the session of Firefox on Windows' }).click();
	await expect(page.getByText('That session has ended')).toBeVisible();
	await expect(page.getByText('Firefox on Windows')).toBeHidden();
	const there = clientOf(stepwell.url, { cookie: elsewhere, origin: stepwell.url });
	await expect(there.settings.status.query()).rejects.toThrow(/Sign in/);
});

test('in an emergency a manager sees a patient for an hour, and the owner looks at it afterwards', async ({
	page,
	stepwell,
	me
}) => {
	await signIn(page, stepwell, await signInAs(stepwell, 'manager'));
	await open(page, `${stepwell.url}/journeys`);
	await expect(page.getByRole('link', { name: 'People' })).toBeHidden();
	await page
		.getByRole('button', { name: /your account/ })
		.first()
		.click();
	await page.getByRole('menuitem', { name: 'Emergency access' }).click();
	await expect(page.getByRole('heading', { name: 'Emergency access' })).toBeVisible();
	await expectAccessible(page);
	await page.screenshot({ path: 'test-results/emergency.png' });
	await page.getByLabel('What is the emergency?').fill('Somebody collapsed in the waiting room.');
	await page.getByRole('button', { name: 'Open emergency access' }).click();
	await page.waitForURL('**/people');
	await expect(page.getByText('Jane Roe')).toBeVisible();
	await expect(page.getByText(/Emergency access until/)).toBeVisible();
	await expectAccessible(page);
	await page.screenshot({ path: 'test-results/emergency-people.png' });
	await page.getByRole('button', { name: 'End it now' }).click();
	await page.waitForURL('**/journeys');
	await expect(page.getByText(/Emergency access until/)).toBeHidden();
	await open(page, `${stepwell.url}/people`);
	await expect(page.getByText('Jane Roe')).toBeHidden();

	await page.context().clearCookies();
	await signIn(page, stepwell, me.cookie);
	await open(page, `${stepwell.url}/tasks`);
	await expect(page.getByRole('heading', { name: /Emergency access/ })).toBeVisible();
	await expectAccessible(page);
	await page.screenshot({ path: 'test-results/emergency-task.png' });
	await page.getByRole('link', { name: /See what they opened/ }).click();
	await expect(page.getByText('Opened emergency access for an hour')).toBeVisible();
	await open(page, `${stepwell.url}/tasks`);
	await page.getByRole('button', { name: /I have looked at it/ }).click();
	await expect(page.getByText('Reviewed')).toBeVisible();
});

test('the owner says how people sign in', async ({ page, stepwell, me }) => {
	await signIn(page, stepwell, me.cookie);
	await open(page, `${stepwell.url}/settings#access`);
	await page.getByLabel('Sign out after minutes without use').fill('30');
	await page.locator('#access').getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('It holds from everybody’s next click on.')).toBeVisible();
	expect(await me.api.access.get.query()).toMatchObject({ idleMinutes: 30 });
	await page.locator('#access').screenshot({ path: 'test-results/access.png' });
});

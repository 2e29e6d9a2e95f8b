// Who may come in: invited, given a role, told no, let go; and a password that was forgotten. By the mails that were caught.
import AxeBuilder from '@axe-core/playwright';
import { expect, type Browser, type Page } from '@playwright/test';
import { open, owner, signUp, withStepwell, type SignedIn } from './stepwell.ts';

const test = withStepwell().extend<object, { me: SignedIn }>({
	me: [
		async ({ stepwell }, use) => {
			const me = await signUp(stepwell.url);
			// Second factors have tests of their own.
			await me.api.access.save.mutate({ idleMinutes: 15, requireSecondFactor: false });
			await use(me);
		},
		{ scope: 'worker' }
	]
});

test.beforeEach(async ({ page, stepwell, me }) => {
	const [name, value] = me.cookie.split('=') as [string, string];
	await page.context().addCookies([{ name, value, url: stepwell.url }]);
});

const ivy = { name: 'Ivy Marketer', email: 'ivy@clinic.test', password: 'seven words make a password' };

/** The link in the newest caught mail to somebody, as its reader would follow it. */
async function linkInMail({ api }: SignedIn, to: string, subject: RegExp): Promise<string> {
	let link = '';
	await expect(async () => {
		const { mails } = await api.mail.list.query({});
		const head = mails.find((mail) => mail.to === to && subject.test(mail.subject));
		const { text } = await api.mail.get.query({ id: head?.id ?? 0 });
		link = /https?:\/\/\S+/.exec(text)?.[0] ?? '';
		expect(link).toContain('#');
	}).toPass();
	return link;
}

async function elsewhere(browser: Browser): Promise<Page> {
	return (await browser.newContext()).newPage();
}

test('somebody is invited, comes in by the mail, gets another role, and is let go', async ({
	page,
	browser,
	stepwell,
	me
}) => {
	await open(page, `${stepwell.url}/members`);
	await page.getByRole('button', { name: 'Invite somebody' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByLabel('Email').fill(ivy.email);
	await dialog.getByRole('radio', { name: 'Marketer' }).check();
	await expectAccessible(page);
	await dialog.getByRole('button', { name: 'Send the invitation' }).click();
	await expect(dialog).toContainText('Stepwell is in test mode, so the mail was caught');
	const shown = await dialog.getByText('/join#').textContent();
	await expectAccessible(page);
	await dialog.getByRole('button', { name: 'Done' }).click();
	await expect(page.getByRole('listitem').filter({ hasText: ivy.email })).toContainText(
		'The link is good until'
	);

	const link = await linkInMail(me, ivy.email, /invites you/);
	expect(link).toBe(shown?.trim());
	const hers = await elsewhere(browser);
	await open(hers, link);
	await expect(hers.getByText(`${owner.name} invited you`)).toBeVisible();
	await expectAccessible(hers);
	await hers.getByLabel('Your name').fill(ivy.name);
	await hers.getByLabel('Password', { exact: true }).fill('short');
	await hers.getByLabel('Password', { exact: true }).evaluate((input) => input.removeAttribute('minlength'));
	await hers.getByRole('button', { name: 'Join the team' }).click();
	await expect(hers.getByRole('alert')).toContainText('Use at least 12 characters');
	await hers.getByLabel('Password', { exact: true }).fill(ivy.password);
	await hers.getByRole('button', { name: 'Join the team' }).click();
	await hers.waitForURL('**/journeys');
	const menu = hers.getByRole('navigation', { name: 'Main' });
	await expect(menu.getByRole('link', { name: 'Messages' })).toBeVisible();
	await expect(menu.getByRole('link', { name: 'Settings' })).toHaveCount(0);
	await open(hers, `${stepwell.url}/settings`);
	await expect(hers.getByRole('heading', { name: 'You may not open this' })).toBeVisible();
	await open(hers, `${stepwell.url}/mail`);
	await expect(hers.getByText('invites you')).toHaveCount(0);

	const late = await elsewhere(browser);
	await open(late, link);
	await expect(late.getByRole('heading', { name: 'This invitation is over' })).toBeVisible();
	await expectAccessible(late);

	await open(page, `${stepwell.url}/members`);
	const row = page.getByRole('row').filter({ hasText: ivy.email });
	await expect(row).toContainText('Marketer');
	await row.getByRole('button', { name: `What to do about ${ivy.name}` }).click();
	await page.getByRole('menuitem', { name: 'Change the role' }).click();
	await page.getByRole('dialog').getByRole('radio', { name: 'Operator' }).check();
	await page.getByRole('dialog').getByRole('button', { name: 'Change the role' }).click();
	await expect(row).toContainText('Operator');
	await open(hers, stepwell.url);
	await expect(menu.getByRole('link', { name: 'Settings' })).toBeVisible();
	await expect(menu.getByRole('link', { name: 'Messages' })).toHaveCount(0);

	await expectAccessible(page);
	await row.getByRole('button', { name: `What to do about ${ivy.name}` }).click();
	await page.getByRole('menuitem', { name: 'Deactivate' }).click();
	await expectAccessible(page);
	await page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).click();
	await expect(row).toContainText('Deactivated');
	await menu.getByRole('link', { name: 'Settings' }).click();
	await hers.waitForURL('**/sign-in?returnTo=%2Fsettings');
	await hers.getByLabel('Email').fill(ivy.email);
	await hers.getByLabel('Password', { exact: true }).fill(ivy.password);
	await hers.getByRole('button', { name: 'Sign in', exact: true }).click();
	await expect(hers.getByRole('alert')).toContainText('do not belong together');

	const { entries } = await me.api.audit.list.query({});
	expect(entries.map(({ action }) => action)).toEqual(
		expect.arrayContaining(['member.invite', 'member.join', 'member.role', 'member.deactivate'])
	);
});

test('whose password is forgotten gets a link, and whoever asks learns nothing of who is there', async ({
	browser,
	stepwell,
	me
}) => {
	const { link: invitation } = await me.api.members.invite.mutate({
		email: 'rob@clinic.test',
		role: 'manager'
	});
	const his = await elsewhere(browser);
	await open(his, invitation);
	await his.getByLabel('Your name').fill('Rob Manager');
	await his.getByLabel('Password', { exact: true }).fill('one that he forgets');
	await his.getByRole('button', { name: 'Join the team' }).click();
	await his.waitForURL('**/journeys');

	const page = await elsewhere(browser);
	const ask = async (email: string) => {
		await open(page, `${stepwell.url}/sign-in`);
		await page.getByRole('link', { name: 'Forgot your password?' }).click();
		// The page before has a field of that name too.
		await page.waitForURL('**/sign-in/forgot');
		await page.getByLabel('Email').fill(email);
		await page.getByRole('button', { name: 'Send me a link' }).click();
		await expect(page.getByRole('heading', { name: 'Look at your mail' })).toBeVisible();
		return (await page.locator('main').innerText()).replaceAll(email, '…');
	};
	const toNobody = await ask('nobody@clinic.test');
	expect(await ask('rob@clinic.test')).toBe(toNobody);
	await expectAccessible(page);

	const link = await linkInMail(me, 'rob@clinic.test', /Set a new password/);
	await open(page, link);
	await expect(page.getByLabel('New password')).toBeVisible();
	await expectAccessible(page);
	await page.getByLabel('New password').fill('one that he keeps in mind');
	await page.getByRole('button', { name: 'Set the password' }).click();
	await expect(page.getByRole('heading', { name: 'Your password is set' })).toBeVisible();
	await expectAccessible(page);
	await open(his, `${stepwell.url}/journeys`);
	await expect(his).toHaveURL(/\/sign-in/);
	await page.getByRole('link', { name: 'Sign in' }).click();
	await page.getByLabel('Email').fill('rob@clinic.test');
	await page.getByLabel('Password', { exact: true }).fill('one that he keeps in mind');
	await page.getByRole('button', { name: 'Sign in', exact: true }).click();
	await page.waitForURL('**/journeys');
	await open(his, link);
	await expect(his.getByRole('heading', { name: 'This link is over' })).toBeVisible();
	const { mails } = await me.api.mail.list.query({});
	expect(mails.filter(({ to }) => to === 'nobody@clinic.test')).toEqual([]);
	expect(mails[0]).toMatchObject({ to: 'rob@clinic.test', subject: 'Your password was changed' });
});

test('everybody can read who can do what, and choose what they are told of', async ({ page, stepwell }) => {
	await open(page, `${stepwell.url}/members`);
	await page.getByRole('link', { name: 'Who can do what' }).click();
	const row = page.getByRole('row', { name: /Invite, change roles and deactivate/ });
	await expect(row.getByText('Yes')).toHaveCount(1);
	await expect(row.getByText('No', { exact: true })).toHaveCount(5);
	await expectAccessible(page);
	await page.setViewportSize({ width: 390, height: 844 });
	expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
	await expectAccessible(page);
	await open(page, `${stepwell.url}/account/notifications`);
	const task = page.getByRole('switch', { name: /gives me a task/ });
	await task.uncheck();
	await expect(task).toBeEnabled();
	await page.reload();
	await expect(task).not.toBeChecked();
	await expectAccessible(page);
});

async function expectAccessible(page: Page): Promise<void> {
	const { violations } = await new AxeBuilder({ page })
		.setLegacyMode(true)
		.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
		.analyze();
	expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}

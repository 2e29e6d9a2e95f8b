// Who may come in: a second factor set up, asked for, lost and shown once more, by an authenticator app and by a passkey.
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { ask as askDatabase } from './database.ts';
import { nextCode, open, owner, setUpAuthenticator, withStepwell } from './stepwell.ts';

const test = withStepwell();
test.describe.configure({ mode: 'serial' });

/** What the owner has after the first test. */
const kept = { key: '', recoveryCodes: [] as string[] };
const levels = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

async function expectAccessible(page: Page): Promise<void> {
	const { violations } = await new AxeBuilder({ page }).withTags(levels).analyze();
	expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
}

async function cookieOf(page: Page): Promise<string> {
	return (await page.context().cookies()).find(({ name }) => name === 'stepwell')?.value ?? '';
}

async function givePassword(page: Page, address: string): Promise<void> {
	await open(page, address);
	await page.getByLabel('Email').fill(owner.email);
	await page.getByLabel('Password', { exact: true }).fill(owner.password);
	await page.getByRole('button', { name: 'Sign in', exact: true }).click();
	await page.waitForURL('**/sign-in/second-factor**');
}

async function giveRecoveryCode(page: Page, code: string): Promise<void> {
	if (!page.url().includes('with=recovery'))
		await page.getByRole('link', { name: 'Use a recovery code' }).click();
	await page.getByLabel('Recovery code').fill(code);
	await page.getByRole('button', { name: 'Go on' }).click();
}

async function signInByRecoveryCode(page: Page, address: string): Promise<void> {
	await givePassword(page, address);
	await giveRecoveryCode(page, kept.recoveryCodes.pop() ?? '');
	await expect(page).not.toHaveURL(/sign-in/);
}

test('whoever comes first chooses a second factor before anything opens', async ({ page, stepwell }) => {
	await open(page, stepwell.url);
	await page.getByLabel('Your name').fill(owner.name);
	await page.getByLabel('Email').fill(owner.email);
	await page.getByLabel('Password', { exact: true }).fill('MayaOwner2026!');
	await page.getByRole('button', { name: /create/i }).click();
	await expect(page.getByText('Leave out your name')).toBeVisible();
	await page.getByLabel('Password', { exact: true }).fill(owner.password);
	await page.getByRole('button', { name: /create/i }).click();
	await page.waitForURL('**/sign-in/protect**');
	await expectAccessible(page);
	const before = await cookieOf(page);

	await page.goto(`${stepwell.url}/settings`);
	await expect(page, 'no other page opens').toHaveURL(/sign-in\/protect\?returnTo=%2Fsettings/);
	const list = await page.request.get(`${stepwell.url}/api/trpc/journeys.list`);
	expect(list.status(), 'and no procedure').toBe(403);

	await page.getByRole('button', { name: 'Authenticator app' }).click();
	await expect(page.getByRole('img', { name: /QR code/ })).toBeVisible();
	await page.getByLabel('The six digits that it shows').fill('000000');
	await page.getByRole('button', { name: 'Confirm' }).click();
	await expect(page.getByText('not the one that the app shows now')).toBeVisible();
	await expectAccessible(page);
	await page.getByRole('button', { name: 'Back' }).click();
	Object.assign(kept, await setUpAuthenticator(page));
	await page.waitForURL('**/settings');
	expect(await cookieOf(page), 'the session has another cookie').not.toBe(before);
	const old = await page.request.get(`${stepwell.url}/settings`, {
		headers: { cookie: `stepwell=${before}` },
		maxRedirects: 0
	});
	expect(old.status(), 'and the one of before opens nothing').toBe(303);
});

test('signing in asks for the code, and a recovery code stands in for it once', async ({
	page,
	stepwell
}) => {
	await givePassword(page, `${stepwell.url}/sign-in?returnTo=%2Fpeople`);
	await expectAccessible(page);
	const between = await cookieOf(page);
	await page.goto(`${stepwell.url}/people`);
	await expect(page, 'the password alone opens nothing').toHaveURL(/second-factor\?returnTo=%2Fpeople/);
	await page.getByLabel('Six digits').fill('000000');
	await page.getByRole('button', { name: 'Go on' }).click();
	await expect(page.getByText('This code is wrong')).toBeVisible();
	await page.getByLabel('Six digits').fill(nextCode(kept.key));
	await page.getByRole('button', { name: 'Go on' }).click();
	await page.waitForURL('**/people');
	expect(await cookieOf(page)).not.toBe(between);

	await page
		.getByRole('button', { name: /your account: theme/ })
		.first()
		.click();
	await page.getByRole('menuitem', { name: 'Sign out' }).click();
	await page.waitForURL('**/sign-in');
	await givePassword(page, `${stepwell.url}/sign-in`);
	const code = kept.recoveryCodes.pop() ?? '';
	await giveRecoveryCode(page, code);
	await page.waitForURL('**/journeys');
	await page.context().clearCookies();
	await givePassword(page, `${stepwell.url}/sign-in`);
	await giveRecoveryCode(page, code);
	await expect(page.getByText('none of your recovery codes, or it was used already')).toBeVisible();
	await expectAccessible(page);
});

test('a passkey is added to the account, and signs in by itself', async ({ page, stepwell }) => {
	const devices = await page.context().newCDPSession(page);
	await devices.send('WebAuthn.enable');
	await devices.send('WebAuthn.addVirtualAuthenticator', {
		options: {
			protocol: 'ctap2',
			transport: 'internal',
			hasResidentKey: true,
			hasUserVerification: true,
			isUserVerified: true,
			automaticPresenceSimulation: true
		}
	});
	await signInByRecoveryCode(page, `${stepwell.url}/sign-in?returnTo=%2Faccount`);
	await expectAccessible(page);
	await expect(page.getByText('8 codes left.')).toBeVisible();
	await page.getByRole('button', { name: 'Add a passkey' }).click();
	await expect(page.getByRole('button', { name: /^Rename/ })).toBeVisible();
	await page.getByRole('button', { name: 'Add a passkey' }).click();
	await expect(page.getByText('has a passkey for your account already')).toBeVisible();
	await page.getByRole('button', { name: /^Rename/ }).click();
	await page.getByRole('textbox', { name: 'Name' }).fill('Front desk');
	await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
	await expect(page.getByText('Front desk')).toBeVisible();
	await expectAccessible(page);

	await page.context().clearCookies();
	await open(page, `${stepwell.url}/sign-in?returnTo=%2Faccount`);
	await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
	await page.waitForURL('**/account');
	await expect(page.locator('#passkeys').getByText(/used (just now|\d)/)).toBeVisible();

	await page.context().clearCookies();
	await givePassword(page, `${stepwell.url}/sign-in?returnTo=%2Faccount`);
	await expectAccessible(page);
	await page.getByRole('button', { name: 'Use your passkey' }).click();
	await page.waitForURL('**/account');

	await page.getByRole('button', { name: 'Remove the app' }).click();
	await page.getByRole('button', { name: 'Remove it' }).click();
	await expect(page.getByText('Not set up.')).toBeVisible();
	await page.getByRole('button', { name: 'Remove Front desk' }).click();
	await page.getByRole('button', { name: 'Remove the passkey' }).click();
	await expect(page.getByText('A second factor is required here')).toBeVisible();
	await page.getByRole('button', { name: 'Set up an app' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByText('I can’t scan it').click();
	kept.key = (await dialog.getByLabel('the key', { exact: true }).textContent())?.replace(/\s/g, '') ?? '';
	await dialog.getByLabel('The six digits that it shows').fill(nextCode(kept.key));
	await dialog.getByRole('button', { name: 'Confirm' }).click();
	await expect(page.getByText('In use')).toBeVisible();
});

test('five minutes later an export asks who it is, and then goes on', async ({ page, stepwell }) => {
	await signInByRecoveryCode(page, `${stepwell.url}/sign-in?returnTo=%2Faudit`);
	await open(page, `${stepwell.url}/audit`);
	await askDatabase(
		stepwell,
		`update sessions set proved_at = proved_at - interval '5 minutes' where proved_at is not null`
	);
	const refused = await page.request.post(`${stepwell.url}/audit/export`, {
		headers: { origin: stepwell.url },
		form: { format: 'csv' }
	});
	expect(refused.status(), 'the server refuses by itself').toBe(403);

	const ask = async () => {
		await page.getByRole('button', { name: 'Export' }).click();
		await page.getByRole('menuitem', { name: /CSV/ }).click();
		await expect(page.getByRole('dialog', { name: 'Is it you?' })).toBeVisible();
	};
	await ask();
	await expectAccessible(page);
	await page.getByRole('button', { name: 'Cancel' }).click();
	await expect(page.getByRole('dialog')).toBeHidden();
	await ask();
	await page.getByLabel('Six digits').fill('000000');
	await page.getByRole('button', { name: 'Go on' }).click();
	await expect(page.getByText('This code is wrong')).toBeVisible();
	const before = await cookieOf(page);
	const download = page.waitForEvent('download');
	await page.getByLabel('Six digits').fill(nextCode(kept.key));
	await page.getByRole('button', { name: 'Go on' }).click();
	expect((await download).suggestedFilename()).toMatch(/^audit-log-.*\.csv$/);
	await expect(page.getByRole('dialog')).toBeHidden();
	expect(await cookieOf(page)).not.toBe(before);

	await page.getByRole('button', { name: 'Export' }).click();
	const again = page.waitForEvent('download');
	await page.getByRole('menuitem', { name: /CSV/ }).click();
	await again;
});

test('another password ends the other sessions', async ({ page, browser, stepwell }) => {
	const elsewhere = await browser.newPage();
	await signInByRecoveryCode(elsewhere, `${stepwell.url}/sign-in`);
	await signInByRecoveryCode(page, `${stepwell.url}/sign-in?returnTo=%2Faccount`);
	const change = async (old: string, password: string) => {
		await page.getByLabel('Present password').fill(old);
		await page.getByLabel('New password').fill(password);
		await page.getByRole('button', { name: 'Change the password' }).click();
	};
	await change('not my password', 'five words in a row');
	await expect(page.getByText('not your present password')).toBeVisible();
	await change(owner.password, 'qwerty123456');
	await expect(page.getByText('known from breaches')).toBeVisible();
	await change(owner.password, 'five words in a row');
	await expect(page.getByText(/The password is changed\..*ended/)).toBeVisible();
	await elsewhere.goto(`${stepwell.url}/people`);
	await expect(elsewhere).toHaveURL(/sign-in\?returnTo/);
	await page.reload();
	await expect(page.getByRole('heading', { name: 'Your account' })).toBeVisible();
	await elsewhere.close();
});

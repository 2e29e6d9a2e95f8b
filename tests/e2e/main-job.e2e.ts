// The main job, by hand on the built app: sign in, draw from empty, publish, trigger by API key, read the mail, click its
// link, see the branch taken and the report's numbers right.
import { expect, type Page } from '@playwright/test';
import { createOwner, withStepwell } from './stepwell.ts';

const test = withStepwell();

test('a marketer draws a journey, a patient goes through it, and the report shows where', async ({ page, request, stepwell }) => {
	await createOwner(page, stepwell.url);
	await writeMessage(page);
	await drawJourney(page);
	await publish(page);
	const key = await makeKey(page);

	const call = (contact: string, idempotencyKey: string) =>
		request.post(`${stepwell.url}/api/v1/triggers/lab-result-ready`, {
			headers: { authorization: `Bearer ${key}`, 'idempotency-key': idempotencyKey },
			data: { contact: { id: contact, email: `${contact}@example.test`, name: contact }, payload: { score: 7 } }
		});
	for (const contact of ['ann', 'bob']) expect((await call(contact, `result-${contact}`)).status()).toBe(202);
	expect((await call('ann', 'result-ann')).status(), 'a repeated call is answered as the first').toBe(202);

	await clickLinkInMail(page, 'ann@example.test');

	await page.goto(`${stepwell.url}/journeys`);
	await page.getByRole('link', { name: /Lab results/ }).first().click();
	await page.getByRole('tab', { name: 'Report' }).or(page.getByRole('radio', { name: 'Report' })).or(page.getByRole('link', { name: 'Report' })).first().click();
	await page.waitForURL('**/report**');
	await expectNumbers(page);
});

async function writeMessage(page: Page): Promise<void> {
	await page.getByRole('link', { name: 'Messages' }).click();
	await page.getByRole('button', { name: 'Write the first message' }).click();
	await page.getByLabel('Name').fill('Result notice');
	await page.getByRole('dialog').getByRole('button', { name: /write|create|make/i }).click();
	await page.waitForURL('**/messages/result-notice');
	await page.getByRole('textbox', { name: 'Subject' }).fill('A note from your clinic');
	await page.getByRole('button', { name: 'Add button' }).click();
	await page.getByLabel('Label of Button 3').fill('Read it');
	await page.getByLabel(/^(Link|Address|Where).* (of|for) Button 3/i).fill('https://clinic.example.test/portal');
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await expect(page.getByText(/Version 2, saved/)).toBeVisible();
}

async function drawJourney(page: Page): Promise<void> {
	await page.goto(new URL('/journeys', page.url()).href);
	await page.getByText('Choose how to begin').click();
	await page.getByRole('button', { name: /Start empty/ }).click();
	await page.waitForURL(/\/journeys\/[a-z0-9-]+$/);
	await page.getByLabel('Name of the journey').fill('Lab results');
	await page.getByLabel('Name of the journey').press('Enter');
	const palette = page.getByRole('complementary', { name: 'Steps to add' });
	const inspector = page.getByRole('complementary', { name: 'Inspector' });
	const add = (name: RegExp) => palette.getByRole('button', { name }).click();

	await add(/API call/);
	await inspector.getByLabel('Name of the trigger').fill('lab-result-ready');
	await expect(inspector.getByText(/curl/).first()).toBeVisible();
	await add(/Email/);
	await inspector.getByRole('combobox', { name: 'Message' }).selectOption({ label: 'Result notice' });
	await inspector.getByRole('radio', { name: 'Treatment' }).click();
	await add(/Until an event|Wait until/);
	await inspector.getByLabel('Wait until this happens').fill('email.clicked');
	await add(/Exit/);
	await inspector.getByLabel('Reason').fill('Has read it');
	// The first free outcome of the wait is `happened`; the other one is drawn from the wait's own panel.
	await page.getByRole('button', { name: /Wait until|Until/ }).last().click();
	await expect(page.getByText(/Draft saved/)).toBeVisible();
}

async function publish(page: Page): Promise<void> {
	await page.getByRole('button', { name: 'Publish', exact: true }).click();
	await page.getByRole('dialog').getByRole('button', { name: /^Publish/ }).click();
	await expect(page.getByText('Live · version 1')).toBeVisible();
}

async function makeKey(page: Page): Promise<string> {
	await page.goto(new URL('/settings', page.url()).href);
	await page.getByRole('button', { name: 'Create a key' }).click();
	await page.getByRole('dialog').getByLabel('Name').fill('Laboratory');
	await page.getByRole('button', { name: 'Create the key' }).click();
	const shown = await page.getByRole('dialog').getByText(/^sw_live_/).first().textContent();
	await page.getByRole('button', { name: 'I have copied it' }).click();
	return (shown ?? '').trim();
}

async function clickLinkInMail(page: Page, address: string): Promise<void> {
	await page.goto(new URL('/mail', page.url()).href);
	await expect(page.getByText(address).first()).toBeVisible({ timeout: 15_000 });
	await page.getByText(address).first().click();
	const popup = page.waitForEvent('popup');
	await page.frameLocator('iframe').first().getByRole('link', { name: 'Read it' }).click();
	await (await popup).close();
}

async function expectNumbers(page: Page): Promise<void> {
	await expect(page.getByRole('row', { name: /Lab result ready/ })).toContainText('2');
}

// The main job, by hand on the built app: set up, write, draw from empty, publish, trigger by API key, read the mail, click
// its link, and see the branch taken and every number right.
import { createServer, type Server } from 'node:http';
import { expect, type APIRequestContext, type Page } from '@playwright/test';
import { freePort } from '../support/free-port.ts';
import { createOwner, makeKey, open, withStepwell } from './stepwell.ts';

const test = withStepwell();

test('a marketer draws a journey, patients go through it, and the report shows where', async ({
	page,
	request,
	stepwell
}) => {
	test.setTimeout(180_000);
	const portal = await openPortal();
	await createOwner(page, stepwell.url);
	await test.step('writes a message', () => writeMessage(page, portal.url));
	await test.step('draws a journey from empty', () => drawJourney(page));
	await test.step('is told of a loop', () => expectLoopNamed(page));
	await test.step('finds the draft again', () => expectDraftKept(page));
	await test.step('publishes', () => publish(page));
	const journey = page.url();

	const key = await test.step('makes a key', () => makeKey(page, stepwell.url, 'Laboratory'));
	await test.step('the laboratory calls', () => sendResults(request, stepwell.url, key));
	await test.step('a patient clicks', () => clickLinkInMail(page, stepwell.url, portal));

	await test.step('reads the report', () => expectReport(page, journey));
	await test.step('sees who is behind the numbers', () => expectPeopleBehind(page));
	await test.step('sees the same on the canvas', () => expectSameOnCanvas(page, journey));
	await test.step('sees how one patient went', () => expectTimeline(page, stepwell.url));
	portal.close();
});

interface Portal {
	url: string;
	close(): void;
}

/** The clinic's own portal, where the mail's button leads. */
async function openPortal(): Promise<Portal> {
	const port = await freePort();
	const server: Server = createServer((_, response) => {
		response.setHeader('content-type', 'text/html').end('<h1>Your result</h1>');
	});
	await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
	return { url: `http://localhost:${port}/portal`, close: () => server.close() };
}

async function writeMessage(page: Page, portalUrl: string): Promise<void> {
	await page.getByRole('link', { name: 'Messages' }).click();
	await page.getByRole('button', { name: 'Write the first message' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByLabel('Name').fill('Result notice');
	await dialog.getByRole('button', { name: 'Start writing' }).click();
	await page.waitForURL('**/messages/result-notice');
	await page.getByRole('textbox', { name: 'Subject' }).fill('A note from your clinic');
	await page.getByRole('button', { name: 'Add button', exact: true }).click();
	await page.getByRole('textbox', { name: 'Label of Button 3' }).fill('Read it');
	await page.getByRole('group', { name: 'Button 3' }).getByLabel('Leads to').fill(portalUrl);
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await expect(page.getByText(/Version 2, saved/)).toBeVisible();
}

const editorOf = (page: Page) => ({
	canvas: page.getByRole('region', { name: 'Journey canvas' }),
	inspector: page.getByRole('complementary', { name: 'Inspector' }),
	step: (name: RegExp) =>
		page
			.getByRole('region', { name: 'Journey canvas' })
			.locator('[data-step-button]')
			.and(page.getByRole('button', { name })),
	add: (name: string) =>
		page.getByRole('region', { name: 'Steps to add' }).getByRole('button', { name, exact: true }).click()
});

/** API call → If (score) → yes: email → until its link is clicked → an exit for each way; no: an exit. */
async function drawJourney(page: Page): Promise<void> {
	await page.getByRole('link', { name: 'Back to messages' }).click();
	await page.getByRole('link', { name: 'Journeys', exact: true }).click();
	await page.getByRole('button', { name: /Start empty.*Choose how to begin/ }).click();
	await page.getByRole('button', { name: /Start empty.*A blank canvas/ }).click();
	await page.getByLabel('Name of the journey').fill('Lab results');
	await page.getByLabel('Name of the journey').press('Enter');
	const { step, inspector, add } = editorOf(page);

	await page.getByRole('button', { name: 'Start with: API call' }).click();
	await inspector.getByLabel('Name of the trigger').fill('Lab result ready');
	await expect(inspector.getByText('/api/v1/triggers/lab-result-ready')).toBeVisible();

	await add('If');
	await inspector.getByRole('button', { name: 'Add a condition' }).click();
	await page.getByRole('menuitem', { name: 'A property of what let them in' }).click();
	await inspector.getByLabel('Property', { exact: true }).fill('score');
	await inspector.getByLabel('Type of the property').selectOption('as a number');
	await inspector.getByLabel('Comparison').selectOption('is more than');
	await inspector.getByLabel('Value').fill('5');

	await add('Email');
	await inspector.getByLabel('Message', { exact: true }).selectOption('Result notice');
	await inspector.getByRole('radio', { name: 'Treatment' }).check();

	await add('Wait until an event');
	await inspector.getByLabel('Wait until this happens').fill('email.clicked');
	await add('Exit');
	await inspector.getByLabel('Reason').fill('Has read it');
	await step(/^Wait until email clicked/).click();
	await add('Exit');
	await inspector.getByLabel('Reason').fill('Never looked');
	await step(/^Score/).click();
	await add('Exit');
	await inspector.getByLabel('Reason').fill('Nothing to tell');
}

/** The classic mistake on the way: back to an earlier step, with nothing to wait for in between. */
async function expectLoopNamed(page: Page): Promise<void> {
	const { step, inspector, canvas } = editorOf(page);
	await step(/^Email “Result notice”/).click();
	const thenGoTo = inspector.getByLabel('Then go to');
	await thenGoTo.selectOption({ label: 'Score is above 5?' });
	await canvas.getByRole('button', { name: /problem.* at Score/ }).click();
	await expect(canvas.getByRole('note')).toContainText(/circle|loop|round/i);
	await expect(page.getByRole('button', { name: /Problems/ })).toContainText(/[1-9]/);

	await step(/^Email “Result notice”/).click();
	await thenGoTo.selectOption({ label: 'Wait until email clicked' });
	await page.getByRole('button', { name: /Problems/ }).click();
	await expect(page.getByText('No problems. This journey can be published.')).toBeVisible();
	await page.keyboard.press('Escape');
}

async function expectDraftKept(page: Page): Promise<void> {
	await expect(page.getByText(/^Draft saved/).first()).toBeVisible();
	await page.reload({ waitUntil: 'networkidle' });
	await expect(page.getByLabel('Name of the journey')).toHaveValue('Lab results');
	await expect(editorOf(page).canvas.locator('[data-step-button]')).toHaveCount(7);
}

async function publish(page: Page): Promise<void> {
	await page.getByRole('button', { name: 'Publish', exact: true }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Publish version 1' }).click();
	await expect(page.getByText('Live · version 1')).toBeVisible();
}

async function sendResults(request: APIRequestContext, url: string, key: string): Promise<void> {
	const call = (id: string) =>
		request.post(`${url}/api/v1/triggers/lab-result-ready`, {
			headers: { authorization: `Bearer ${key}`, 'idempotency-key': `result-of-${id}` },
			data: { contact: { id, email: `${id}@example.test`, name: id }, payload: { score: 7 } }
		});
	const [first] = [await call('ann'), await call('bob')];
	const again = await call('ann');
	expect(first.status()).toBe(202);
	expect(again.status(), 'a repeated call is answered as the first was').toBe(202);
	expect(await again.json()).toEqual(await first.json());
}

async function clickLinkInMail(page: Page, url: string, portal: Portal): Promise<void> {
	await open(page, `${url}/mail`);
	const mails = page.getByRole('list', { name: 'Caught mails, newest first' });
	await expect(mails.getByRole('listitem')).toHaveCount(2, { timeout: 20_000 });
	await mails.getByRole('link', { name: /ann/ }).click();
	await expect(page.getByRole('article', { name: 'Opened mail' })).toContainText('ann@example.test');
	const opening = page.waitForEvent('popup');
	const link = page.frameLocator('iframe').getByRole('link', { name: 'Read it' });
	expect(await link.getAttribute('href')).toContain(`${url}/t/c/`);
	await link.click();
	const popup = await opening;
	await popup.waitForURL(portal.url);
	await popup.close();
}

/** The numbers of one row of the report's table, by their column. */
async function numbersOf(page: Page, step: RegExp): Promise<Record<string, string>> {
	const table = page.getByRole('table', { name: 'Numbers of each step' });
	const columns = await table.getByRole('columnheader').allInnerTexts();
	const row = table.getByRole('row').filter({ has: page.getByRole('rowheader', { name: step }) });
	const cells = await row.getByRole('cell').allInnerTexts();
	return Object.fromEntries(
		cells.map((cell, index) => [columns[index + 1] ?? '', cell.split(/\s/)[0] ?? ''])
	);
}

async function expectReport(page: Page, journey: string): Promise<void> {
	await expect(async () => {
		await page.goto(`${journey}/report`);
		expect(await numbersOf(page, /^Wait until/)).toMatchObject({
			Entered: '2',
			'Went on': '1',
			Waiting: '1',
			Dropped: '0'
		});
	}).toPass({ timeout: 20_000 });
	expect(await numbersOf(page, /^Lab result ready/)).toMatchObject({ Entered: '2', 'Went on': '2' });
	expect(await numbersOf(page, /^Score/)).toMatchObject({ Entered: '2', 'Went on': '2' });
	expect(await numbersOf(page, /^Email/)).toMatchObject({
		Entered: '2',
		Sent: '2',
		Clicked: '1',
		'Not sent': '0'
	});
	const table = page.getByRole('table', { name: 'Numbers of each step' });
	await expect(table.getByRole('link', { name: /^happened 1$/ })).toBeVisible();
	await expect(table.getByRole('link', { name: /^yes 2$/ })).toBeVisible();
	await expect(table.getByRole('rowheader', { name: /^Exit/ })).toHaveCount(3);
}

async function expectPeopleBehind(page: Page): Promise<void> {
	const report = page.url();
	const behind = async (open: () => Promise<void>, people: string[]) => {
		await open();
		const table = page.getByRole('table', { name: 'People behind the number' });
		await expect(table.getByRole('link')).toHaveText(people);
		await page.goto(report);
	};
	const row = (name: RegExp) =>
		page
			.getByRole('row')
			.filter({ has: page.getByRole('rowheader', { name }) })
			.getByRole('cell');
	await behind(
		() =>
			row(/^Email/)
				.nth(4)
				.getByRole('link')
				.click(),
		['bob', 'ann']
	);
	await behind(
		() =>
			row(/^Email/)
				.nth(6)
				.getByRole('link')
				.click(),
		['ann']
	);
	await behind(
		() =>
			row(/^Wait until/)
				.nth(2)
				.getByRole('link')
				.click(),
		['bob']
	);
	await behind(() => page.getByRole('link', { name: /^happened 1$/ }).click(), ['ann']);
}

async function expectSameOnCanvas(page: Page, journey: string): Promise<void> {
	await open(page, journey);
	const { canvas } = editorOf(page);
	for (const name of [
		/^2 entered Email/,
		/^50% clicked Email/,
		/^2 entered Wait until/,
		/^1 waiting at Wait until/,
		/^1 left Wait until email clicked by happened/,
		/^2 left Score.* by yes/
	])
		await expect(canvas.getByRole('link', { name }).first()).toBeVisible();
	await expect(canvas.getByRole('link', { name: /time is up|by no:/ })).toHaveCount(0);
}

async function expectTimeline(page: Page, url: string): Promise<void> {
	await open(page, `${url}/people`);
	await page.getByRole('link', { name: 'ann' }).click();
	const visits = page.getByRole('region', { name: 'Journeys' }).getByRole('listitem');
	for (const told of [
		/Lab result ready/,
		/Score.*Yes/is,
		/Email.*Clicked/s,
		/Wait until.*happened/is,
		/Exit/
	])
		await expect(visits.filter({ hasText: told }).first()).toBeVisible();
	await expect(page.getByText('Has read it').first()).toBeVisible();
	await expect(page.getByText('Never looked')).toHaveCount(0);
}

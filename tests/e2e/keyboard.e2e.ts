// The keyboard's way to everything: a journey drawn, corrected and published without a pointer.
import { expect, type Locator, type Page } from '@playwright/test';
import { open, signUp, withStepwell } from './stepwell.ts';

const test = withStepwell();

test('a marketer draws and publishes a journey by keyboard alone', async ({ page, stepwell }) => {
	test.setTimeout(120_000);
	const me = await signUp(stepwell.url);
	await me.api.templates.create.mutate({ name: 'Result notice' });
	const [name, value] = me.cookie.split('=') as [string, string];
	await page.context().addCookies([{ name, value, url: stepwell.url }]);

	await open(page, `${stepwell.url}/journeys`);
	await tabTo(page, page.getByRole('button', { name: /Start empty/ }));
	await page.keyboard.press('Enter');
	await tabTo(page, page.getByRole('button', { name: /Start empty.*blank canvas/ }));
	await page.keyboard.press('Enter');

	await tabTo(page, page.getByRole('button', { name: 'Start with: API call' }));
	await page.keyboard.press('Enter');
	await expect(step(page, /^API call/)).toBeFocused();
	await page.keyboard.press('Enter');
	await expect(page.getByLabel('Name of the trigger')).toBeFocused();
	await page.keyboard.type('lab-result-ready');
	await backTo(page, step(page, /^Lab result ready/));

	await addBehind(page, 'email');
	await page.keyboard.press('Enter');
	await expect(page.getByRole('combobox', { name: 'Message', exact: true })).toBeFocused();
	await page.keyboard.type('Res');
	await backTo(page, step(page, /^Email “Result notice”/));

	await addBehind(page, 'until an event');
	await page.keyboard.press('Enter');
	await page.keyboard.type('email.clicked');
	const wait = step(page, /^Wait until email clicked/);
	await backTo(page, wait);

	await addBehind(page, 'exit');
	await page.keyboard.press('ArrowUp');
	await expect(wait).toBeFocused();
	await addBehind(page, 'exit');
	const steps = page.getByRole('region', { name: 'Journey canvas' }).locator('[data-step-button]');
	await expect(steps).toHaveCount(5);

	await page.keyboard.press('Delete');
	await expect(steps).toHaveCount(4);
	await page.keyboard.press('Control+z');
	await expect(steps).toHaveCount(5);
	await page.keyboard.press('Control+Shift+z');
	await expect(steps).toHaveCount(4);
	await page.keyboard.press('?');
	await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(page.getByRole('dialog', { name: 'Keys' })).toBeHidden();

	// On the canvas Tab adds a step; Escape lets go of the selected one, and then Tab leaves.
	await page.keyboard.press('Escape');
	await expect(page.getByRole('button', { name: /Problems/ })).not.toContainText(/\d/);
	await tabTo(page, page.getByRole('button', { name: 'Publish', exact: true }));
	await page.keyboard.press('Enter');
	await tabTo(page, page.getByRole('button', { name: 'Publish version 1' }));
	await page.keyboard.press('Enter');
	await expect(page.getByText('Live · version 1')).toBeVisible();
});

function step(page: Page, name: RegExp): Locator {
	return page
		.getByRole('region', { name: 'Journey canvas' })
		.locator('[data-step-button]')
		.and(page.getByRole('button', { name }));
}

/** Presses Tab until the keyboard is on `target`, as somebody does who can't point. */
async function tabTo(page: Page, target: Locator): Promise<void> {
	await target.first().waitFor();
	for (let presses = 0; presses < 80; presses++) {
		if (await target.first().evaluate((element) => element === element.ownerDocument.activeElement)) return;
		await page.keyboard.press('Tab');
	}
	await expect(target.first(), 'Tab leads there').toBeFocused();
}

/** Escape, out of a field back to its step; a list of suggestions takes one Escape for itself. */
async function backTo(page: Page, target: Locator): Promise<void> {
	await page.keyboard.press('Escape');
	const isBack = await target.evaluate((element) => element === element.ownerDocument.activeElement);
	if (!isBack) await page.keyboard.press('Escape');
	await expect(target).toBeFocused();
}

async function addBehind(page: Page, kind: string): Promise<void> {
	await page.keyboard.press('Tab');
	await expect(page.getByRole('combobox', { name: 'Find a step' })).toBeFocused();
	await page.keyboard.type(kind);
	await page.keyboard.press('Enter');
	await expect(page.getByRole('dialog', { name: 'Choose the next step' })).toBeHidden();
}

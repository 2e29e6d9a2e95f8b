// A journey that sends far more than expected pauses itself, says so where people look, and goes on only when they say so.
import { expect } from '@playwright/test';
import { open, publishResults, signUp, withStepwell } from './stepwell.ts';

const test = withStepwell();

test('too many messages pause a journey, its owner is told, and resuming it asks first', async ({
	context,
	page,
	stepwell
}) => {
	const me = await signUp(stepwell.url);
	const [name = '', value = ''] = me.cookie.split('=');
	await context.addCookies([{ name, value, url: stepwell.url }]);
	const slug = await publishResults(me);

	await open(page, `${stepwell.url}/settings#breaker`);
	await page.getByLabel('Messages a day that are always fine').fill('2');
	await page.getByRole('button', { name: 'Save breaker' }).click();
	await expect(page.getByText('Breaker saved')).toBeVisible();

	for (const id of ['ann', 'bob', 'cem'])
		await me.api.ingest.trigger.mutate({
			name: 'result-treatment',
			contact: { id, email: `${id}@example.test` },
			payload: { score: 1 }
		});
	const stateOf = async () => (await me.api.journeys.get.query({ slug })).state;
	await expect.poll(stateOf, { timeout: 20_000 }).toBe('paused');

	await open(page, `${stepwell.url}/journeys`);
	await expect(
		page.getByText(/Paused by the breaker: 3 messages came due in a day.*allowed 2/)
	).toBeVisible();
	const { draft, revision } = await me.api.journeys.get.query({ slug });
	const document = { ...draft, settings: { ...draft.settings, maxVisits: 2 } };
	await me.api.journeys.saveDraft.mutate({ slug, revision, document });
	await open(page, `${stepwell.url}/journeys/${slug}`);
	await expect(page.getByText(/^Paused by the breaker at/)).toBeVisible();

	await page.getByRole('button', { name: 'Publish changes' }).click();
	const sheet = page.getByRole('dialog');
	await expect(sheet).toContainText('The journey stays paused');
	await expect(sheet).toContainText('3 messages came due in a day');
	await sheet.getByRole('button', { name: 'Publish version 2' }).click();
	await expect(
		page.getByText(/Version 2 is published, and the journey stays paused until you resume it/)
	).toBeVisible();
	expect(await stateOf()).toBe('paused');

	await page.getByRole('button', { name: 'Resume the journey …' }).click();
	const dialog = page.getByRole('dialog');
	await expect(dialog).toContainText('3 messages came due in a day');
	await dialog.getByRole('button', { name: 'Resume' }).click();
	await expect(page.getByText(/^Paused by the breaker at/)).toBeHidden();
	await expect.poll(stateOf).toBe('live');

	await open(page, `${stepwell.url}/mail`);
	await expect(page.getByText('Paused: Results by treatment')).toBeVisible();
});

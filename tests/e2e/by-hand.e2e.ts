// Somebody is let into a journey from their page, once; the journey's rule says no to a second time, in words.
import AxeBuilder from '@axe-core/playwright';
import { expect } from '@playwright/test';
import { open, signUp, withStepwell } from './stepwell.ts';

const test = withStepwell();

test('a marketer starts a journey for one person', async ({ page, stepwell }) => {
	const me = await signUp(stepwell.url);
	const { id } = await me.api.contacts.create.mutate({ name: 'Ann Example' });
	const { slug } = await me.api.journeys.create.mutate({
		name: 'Welcome back',
		document: {
			format: 'stepwell.journey/1',
			name: 'Welcome back',
			settings: {},
			steps: [
				{ id: 'door', kind: 'trigger.manual', config: {} },
				{ id: 'pause', kind: 'wait.for', config: { duration: 'P7D' } }
			],
			edges: [{ from: 'door', outcome: 'next', to: 'pause' }]
		}
	});
	await me.api.journeys.publish.mutate({ slug });
	const [name, value] = me.cookie.split('=') as [string, string];
	await page.context().addCookies([{ name, value, url: stepwell.url }]);

	await open(page, `${stepwell.url}/people/${id}`);
	await page.getByRole('button', { name: 'Start a journey' }).click();
	const dialog = page.getByRole('dialog');
	await expect(dialog.getByLabel('Journey')).toContainText('Welcome back');
	expect((await new AxeBuilder({ page }).include('[role=dialog]').analyze()).violations).toEqual([]);
	await dialog.getByRole('button', { name: 'Start it' }).click();
	await expect(page.getByText('Ann Example is in “Welcome back”.')).toBeVisible();
	await expect(page.getByRole('region', { name: 'Journeys' }).getByText('Welcome back')).toBeVisible();

	await page.getByRole('button', { name: 'Start a journey' }).click();
	await dialog.getByRole('button', { name: 'Start it' }).click();
	await expect(dialog.getByText(/lets nobody in again so soon/)).toBeVisible();
});

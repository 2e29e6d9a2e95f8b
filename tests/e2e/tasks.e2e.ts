// What waits for a person: a journey asks, somebody answers, and the patient goes on; by pointer and by keyboard.
import { expect, type Page } from '@playwright/test';
import { expectAccessible } from './accessible.ts';
import { open, signUp, withStepwell, type SignedIn } from './stepwell.ts';

const test = withStepwell().extend<object, { me: SignedIn }>({
	me: [
		async ({ stepwell }, use) => {
			const me = await signUp(stepwell.url);
			await publishQuestion(me);
			await use(me);
		},
		{ scope: 'worker' }
	]
});

test.beforeEach(async ({ page, stepwell, me }) => {
	const [name, value] = me.cookie.split('=') as [string, string];
	await page.context().addCookies([{ name, value, url: stepwell.url }]);
});

async function publishQuestion({ api }: SignedIn): Promise<void> {
	await api.attributes.define.mutate({ key: 'result', label: 'Result', type: 'text', tag: 'phi' });
	const { slug } = await api.journeys.create.mutate({
		name: 'Lab results',
		document: {
			format: 'stepwell.journey/1',
			name: 'Lab results',
			settings: { reentry: { when: 'always' } },
			steps: [
				{ id: 'call', kind: 'trigger.api', config: { name: 'ask' } },
				{
					id: 'look',
					kind: 'wait.approval',
					label: 'Nurse looks first',
					config: { by: 'owner', ask: 'May we send the result ({{ contact.result }})?', timeout: 'P2D' }
				},
				{ id: 'yes', kind: 'exit', config: { reason: 'sent' } },
				{ id: 'no', kind: 'exit', config: { reason: 'called instead' } }
			],
			edges: [
				{ from: 'call', outcome: 'next', to: 'look' },
				{ from: 'look', outcome: 'approved', to: 'yes' },
				{ from: 'look', outcome: 'declined', to: 'no' }
			]
		}
	});
	await api.journeys.publish.mutate({ slug });
}

async function ask(page: Page, { api }: SignedIn, url: string, id: string, name: string): Promise<void> {
	await api.ingest.trigger.mutate({
		name: 'ask',
		contact: { id, name, attributes: { result: 'canary-potassium-high' } },
		payload: {}
	});
	await expect(async () => {
		await open(page, `${url}/tasks`);
		await expect(page.getByRole('article', { name: new RegExp(name) })).toBeVisible({ timeout: 1000 });
	}).toPass();
}

test('nothing waits, and the page says what will', async ({ page, stepwell }) => {
	await open(page, `${stepwell.url}/tasks`);
	await expect(page.getByRole('heading', { name: 'Nothing waits' })).toBeVisible();
	await expectAccessible(page);
});

test('a question is counted in the menu, shown on purpose, given out, and answered once', async ({
	page,
	stepwell,
	me
}) => {
	await ask(page, me, stepwell.url, 'p-1', 'Ada Test');
	const task = page.getByRole('article', { name: 'Ada Test, Nurse looks first' });
	await expect(
		page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /Tasks 1/ })
	).toBeVisible();
	await expect(task).toContainText('May we send the result (••••)?');
	await task.getByRole('button', { name: /Show the whole question/ }).click();
	await expect(task).toContainText('canary-potassium-high');
	await task.getByRole('button', { name: /^Cover/ }).click();
	await expect(task).not.toContainText('canary-potassium-high');
	await expectAccessible(page);

	await task.getByRole('button', { name: /^Assign: / }).click();
	const dialog = page.getByRole('dialog', { name: 'Who looks after it?' });
	await dialog.getByLabel('Person').selectOption({ label: 'Maya Owner (you)' });
	await dialog.getByLabel('Should be done by').fill('2020-01-01T09:00');
	await expectAccessible(page);
	await dialog.getByRole('button', { name: 'Save' }).click();
	await expect(task).toContainText('Overdue since');
	await page.getByRole('link', { name: 'Mine' }).click();
	await expect(task).toBeVisible();

	await task.getByRole('button', { name: /^Approve/ }).click();
	await expect(page.getByRole('heading', { name: 'Nothing is yours' })).toBeVisible();
	const { entries } = await me.api.audit.list.query({});
	expect(entries.map(({ action }) => action)).toEqual(
		expect.arrayContaining(['task.show', 'task.assign', 'approval.approved'])
	);
	await expect
		.poll(async () => {
			const [row] = (await me.api.contacts.list.query({})).rows;
			return row && (await me.api.contacts.get.query({ id: row.id })).enrollments[0]?.reason;
		})
		.toBe('sent');
});

test('the keyboard alone answers, and comes back to the list', async ({ page, stepwell, me }) => {
	await ask(page, me, stepwell.url, 'p-2', 'Ben Test');
	const decline = page.getByRole('button', { name: /^Decline: Ben Test/ });
	for (let presses = 0; presses < 60; presses++) {
		await page.keyboard.press('Tab');
		if (await decline.evaluate((button) => button === document.activeElement)) break;
	}
	await expect(decline).toBeFocused();
	await page.keyboard.press('Enter');
	await expect(page.getByRole('heading', { name: 'Nothing waits' })).toBeVisible();
	await expect(page.getByRole('region', { name: 'Tasks', exact: true })).toBeFocused();
});

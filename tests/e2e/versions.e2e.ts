// A new version while people are inside: counted before anything changes, moved as chosen, told after.
import { expect, type Page } from '@playwright/test';
import { open, publishResults, signUp, withStepwell, type SignedIn } from './stepwell.ts';

const test = withStepwell();

const wait = { id: 'wait', kind: 'wait.for', config: { duration: 'P2D' } } as const;

/** Publishes a journey, lets people in, and draws it anew without the step they wait at. */
async function peopleAtARemovedStep(me: SignedIn, slug: string, people: string[]): Promise<void> {
	for (const id of people)
		await me.api.ingest.trigger.mutate({
			name: 'result-treatment',
			contact: { id, email: `${id}@clinic.test` },
			payload: { score: 7 }
		});
	await expect
		.poll(async () => (await me.api.reports.counts.query({ slug, version: 'all' })).steps['wait']?.waiting)
		.toBe(people.length);
	const { draft, revision } = await me.api.journeys.get.query({ slug });
	const steps = draft.steps.map((step) => (step.id === 'wait' ? { ...wait, id: 'pause' } : step));
	const edges = draft.edges.map(({ from, outcome, to }) => ({
		from: from === 'wait' ? 'pause' : from,
		outcome,
		to: to === 'wait' ? 'pause' : to
	}));
	await me.api.journeys.saveDraft.mutate({ slug, revision, document: { ...draft, steps, edges } });
}

async function tabTo(page: Page, name: RegExp): Promise<void> {
	for (let presses = 0; presses < 40; presses++) {
		const focused = page.locator(':focus');
		if ((await focused.count()) && name.test(await nameOf(focused))) return;
		await page.keyboard.press('Tab');
	}
	throw new Error(`Tab does not lead to ${name}.`);
}

const nameOf = (place: ReturnType<Page['locator']>) =>
	place.evaluate(
		(element) => (element as HTMLInputElement).labels?.[0]?.textContent ?? element.textContent ?? ''
	);

test('a marketer moves the people inside to a new version, by keyboard alone', async ({ page, stepwell }) => {
	const me = await signUp(stepwell.url);
	const slug = await publishResults(me, 'treatment', 'P7D');
	await peopleAtARemovedStep(me, slug, ['ann', 'bob', 'cem']);
	const [name, value] = me.cookie.split('=') as [string, string];
	await page.context().addCookies([{ name, value, url: stepwell.url }]);

	await open(page, `${stepwell.url}/journeys/${slug}`);
	await page.getByRole('button', { name: 'Publish changes' }).focus();
	await page.keyboard.press('Enter');
	const sheet = page.getByRole('dialog');
	await expect(sheet.getByText('3 people are inside')).toBeVisible();
	await expect(sheet.getByRole('radio', { name: /Let them finish/ })).toBeChecked();

	await tabTo(page, /Let them finish/);
	await page.keyboard.press('ArrowDown');
	await expect(sheet.getByRole('radio', { name: /Move them/ })).toBeChecked();
	const publish = sheet.getByRole('button', { name: 'Publish version 2' });
	await expect(publish, 'there is no place for them yet').toBeDisabled();
	await tabTo(page, /is gone/);
	await page.keyboard.type('Wait 2');
	await expect(sheet.getByText('3 people are there')).toBeVisible();
	await tabTo(page, /Publish version 2/);
	await page.keyboard.press('Enter');

	await expect(page.getByText('Version 2 is live. 3 people went to another step.')).toBeVisible();
	await expect
		.poll(async () => (await me.api.reports.counts.query({ slug, version: 2 })).steps['pause']?.waiting)
		.toBe(3);
});

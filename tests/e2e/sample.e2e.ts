// The sample clinic, loaded by the button of the first visit: every page holds up at both widths, light and dark, and every
// number of a report equals the list behind it.
import AxeBuilder from '@axe-core/playwright';
import { expect, type BrowserContext, type Page } from '@playwright/test';
import { clientOf, createOwner, open, withStepwell, type SignedIn } from './stepwell.ts';

interface Clinic {
	cookies: Awaited<ReturnType<BrowserContext['cookies']>>;
	api: SignedIn['api'];
	/** Pages of the frame, by what they are called here. */
	paths: Record<string, string>;
}

const LOADED_WITHIN_MS = 180_000;

const test = withStepwell().extend<object, { clinic: Clinic }>({
	clinic: [
		async ({ browser, stepwell }, use) => {
			const context = await browser.newContext();
			const page = await context.newPage();
			await createOwner(page, stepwell.url);
			await page.getByRole('button', { name: /Load the sample clinic/ }).click();
			await expect(page.getByRole('progressbar')).toBeVisible();
			await expect(page.getByRole('progressbar')).toHaveAttribute('aria-valuenow', /[1-9]/, {
				timeout: LOADED_WITHIN_MS
			});
			await expect(page.getByRole('link', { name: /^Report of/ })).toHaveCount(4, {
				timeout: LOADED_WITHIN_MS
			});
			const cookies = await context.cookies();
			await context.close();
			const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
			const api = clientOf(stepwell.url, { cookie, origin: stepwell.url });
			await use({ cookies, api, paths: await pathsOf(api) });
		},
		{ scope: 'worker', timeout: 2 * LOADED_WITHIN_MS }
	]
});

async function pathsOf(api: SignedIn['api']): Promise<Record<string, string>> {
	const [journey] = await api.journeys.list.query();
	const [message] = await api.templates.list.query();
	const [mail] = (await api.mail.list.query({})).mails;
	const [person] = (await api.contacts.list.query({})).rows;
	const report = `/journeys/${journey?.slug}/report`;
	return {
		journeys: '/journeys',
		canvas: `/journeys/${journey?.slug}`,
		report: `${report}?days=all`,
		'people behind a number': `${report}/people?measure=sent&days=all`,
		tasks: '/tasks',
		people: '/people',
		person: `/people/${person?.id}`,
		messages: '/messages',
		message: `/messages/${message?.slug}`,
		mail: '/mail',
		'caught mail': `/mail/${mail?.id}`,
		settings: '/settings',
		'your account': '/account',
		'nothing there': '/nowhere'
	};
}

const pages = [
	'journeys',
	'canvas',
	'report',
	'people behind a number',
	'tasks',
	'people',
	'person',
	'messages',
	'message',
	'mail',
	'caught mail',
	'settings',
	'your account',
	'nothing there',
	'the door'
];

for (const name of pages)
	test(`${name}: no fault of accessibility, console or layout, at 1440 and 390, light and dark`, async ({
		page,
		context,
		clinic,
		stepwell
	}) => {
		if (name !== 'the door') await context.addCookies(clinic.cookies);
		const faults = watch(page, stepwell.url, name);
		await page.emulateMedia({ reducedMotion: 'reduce', colorScheme: 'light' });
		for (const width of [1440, 390]) {
			await page.setViewportSize({ width, height: 900 });
			await open(page, stepwell.url + (clinic.paths[name] ?? '/sign-in'));
			// A phone has the colours of the desktop: dark is judged once.
			for (const colorScheme of width === 390 ? (['light'] as const) : (['light', 'dark'] as const)) {
				await page.emulateMedia({ colorScheme });
				await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
				expect.soft(await violationsOf(page, colorScheme), `${name} at ${width}, ${colorScheme}`).toEqual([]);
			}
			const overflow = await page.evaluate(
				() => document.documentElement.scrollWidth - document.documentElement.clientWidth
			);
			expect.soft(overflow, `${name} at ${width} scrolls sideways`).toBeLessThanOrEqual(0);
		}
		expect(faults).toEqual([]);
	});

/** What must not happen on a page: errors in its console, and requests to other places. */
function watch(page: Page, origin: string, name: string): string[] {
	const faults: string[] = [];
	page.on('pageerror', (error) => faults.push(`thrown: ${error.message}`));
	// Told by the browser itself: of the address that is not there, and of a checker's script that a mail's frame refuses.
	const expected = name === 'nothing there' ? /404/ : /Blocked script execution in '[^']+' because/;
	page.on('console', (message) => {
		if (message.type() === 'error' && !expected.test(message.text()))
			faults.push(`console: ${message.text()}`);
	});
	page.on('request', (request) => {
		const { protocol, origin: to } = new URL(request.url());
		if (protocol.startsWith('http') && to !== origin) faults.push(`request to ${to}`);
	});
	return faults;
}

const levels = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Faults by WCAG 2.2 AA. Between light and dark only the colours differ, so dark asks for those alone. */
async function violationsOf(page: Page, colorScheme: 'light' | 'dark'): Promise<string[]> {
	// Colours fade over; what is half-way has no contrast to speak of. They are put to their end, not waited for: what lies in
	// something folded together does not move until it is opened, and a placeholder's pulse never ends.
	await page.evaluate(() => {
		for (const animation of document.getAnimations())
			if (animation.effect?.getComputedTiming().endTime !== Infinity) animation.finish();
	});
	// A mail in its frame is the writer's, and takes no script of ours.
	const axe = new AxeBuilder({ page }).setLegacyMode(true).exclude('iframe');
	const { violations } = await (
		colorScheme === 'light' ? axe.withTags(levels) : axe.withRules('color-contrast')
	).analyze();
	return violations.flatMap(({ id, nodes }) =>
		nodes.map(
			(node) => `${id}: ${node.target.join(' ')} ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`
		)
	);
}

test('every number of every report is as long as the list behind it', async ({
	page,
	context,
	clinic,
	stepwell
}) => {
	await context.addCookies(clinic.cookies);
	for (const { slug } of await clinic.api.journeys.list.query()) {
		await page.goto(`${stepwell.url}/journeys/${slug}/report?days=all`);
		const links = page
			.getByRole('table', { name: 'Numbers of each step' })
			.getByRole('cell')
			.getByRole('link');
		const numbers = await links.evaluateAll((all) =>
			all.map((link) => ({ href: link.getAttribute('href') ?? '', text: link.textContent ?? '' }))
		);
		expect(numbers.length).toBeGreaterThan(10);
		for (const { href, text } of numbers) {
			const query = new URL(href, stepwell.url).searchParams;
			const [step, measure] = [query.get('step') ?? '', query.get('measure') ?? ''];
			expect
				.soft(await countBehind(clinic.api, slug, step, measure), `${slug} ${step} ${measure}`)
				.toBe(numberOf(text));
		}
	}
	await page
		.getByRole('table', { name: 'Numbers of each step' })
		.getByRole('cell')
		.getByRole('link')
		.first()
		.click();
	const lead = page.getByText(/^[\d,]+ .*Somebody who came twice is listed twice\.$/);
	const total = numberOf((await lead.textContent())?.split(' ')[0] ?? '');
	expect(await page.getByRole('table').getByRole('row').count()).toBe(Math.min(total, 50) + 1);
});

function numberOf(text: string): number {
	return Number(text.replace(/[^\d]/g, ''));
}

async function countBehind(
	api: SignedIn['api'],
	slug: string,
	step: string,
	measure: string
): Promise<number> {
	let count = 0;
	let cursor: string | undefined;
	do {
		const page = await api.reports.people.query({ slug, step, measure, cursor });
		count += page.rows.length;
		cursor = page.next ?? undefined;
	} while (cursor);
	return count;
}

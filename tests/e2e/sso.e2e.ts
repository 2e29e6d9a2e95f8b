// An owner connects the organization's provider, and somebody who was never here comes in through it with the role of their group.
import { expect } from '@playwright/test';
import { client, startProvider } from '../support/oidc-provider.ts';
import { expectAccessible } from './accessible.ts';
import { createOwner, open, withStepwell } from './stepwell.ts';

const test = withStepwell();

test('people come in through their organization, as what their group makes them', async ({
	page,
	browser,
	stepwell: { url }
}) => {
	const people = {
		ines: { email: 'ines@clinic.test', email_verified: true, name: 'Ines Integrator', groups: ['systems'] },
		sam: { email: 'sam@clinic.test', email_verified: true, name: 'Sam Stranger', groups: ['visitors'] }
	};
	const provider = await startProvider(`${url}/sso/oidc/callback`, people);
	await createOwner(page, url);

	await open(page, `${url}/settings`);
	await page.getByRole('link', { name: 'Open single sign-on' }).click();
	await expect(page.getByText('Nobody signs in this way yet')).toBeVisible();
	await expectAccessible(page);
	await page.getByRole('button', { name: 'Connect a provider' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByLabel('Name').fill('Harbor Clinic');
	await dialog.getByLabel('Issuer').fill('http://provider.example');
	await dialog.getByLabel('Client id').fill(client.id);
	await dialog.getByLabel('Client secret').fill(client.secret);
	await dialog.getByLabel('Scopes').fill('email profile groups');
	await dialog.getByLabel('Mail domains').fill('clinic.test');
	await dialog.getByRole('button', { name: 'Add a group' }).click();
	await dialog.getByLabel('Group 1', { exact: true }).fill('systems');
	await dialog.getByLabel('Role of group 1').selectOption('Integrator');
	await expectAccessible(page);
	await dialog.getByRole('button', { name: 'Connect it' }).click();
	await expect(dialog.getByText('This has to be an address that begins with https://.')).toBeVisible();
	await dialog.getByLabel('Issuer').fill(provider.issuer);
	await dialog.getByRole('button', { name: 'Connect it' }).click();
	const card = page.getByRole('article', { name: 'Harbor Clinic' });
	await expect(card).toContainText('systems → Integrator');
	await expect(card).toContainText(`${url}/sso/oidc/callback`);
	await expectAccessible(page);

	const theirs = await browser.newContext();
	const ines = await theirs.newPage();
	await open(ines, `${url}/settings`);
	await expectAccessible(ines);
	await ines.getByRole('link', { name: 'Sign in with Harbor Clinic' }).click();
	await ines.getByPlaceholder('Enter any login').fill('ines');
	await ines.getByPlaceholder('and password').fill('any');
	await ines.getByRole('button', { name: 'Sign-in' }).click();
	await ines.getByRole('button', { name: 'Continue' }).click();
	await ines.waitForURL(`${url}/settings`);
	await expect(ines.getByRole('heading', { name: 'API keys' })).toBeVisible();
	await expect(ines.getByRole('heading', { name: 'Workspace' })).toHaveCount(0);
	await theirs.close();

	const others = await browser.newContext();
	const sam = await others.newPage();
	await open(sam, `${url}/sign-in`);
	await sam.getByRole('link', { name: 'Sign in with Harbor Clinic' }).click();
	await sam.getByPlaceholder('Enter any login').fill('sam');
	await sam.getByPlaceholder('and password').fill('any');
	await sam.getByRole('button', { name: 'Sign-in' }).click();
	await sam.getByRole('button', { name: 'Continue' }).click();
	await expect(sam.getByText('None of your groups may use this Stepwell')).toBeVisible();
	await expectAccessible(sam);
	await others.close();

	await open(page, `${url}/settings/sso`);
	await page.getByRole('button', { name: 'Delete Harbor Clinic' }).click();
	await page.getByRole('button', { name: 'Delete the connection' }).click();
	await expect(page.getByText('Nobody signs in this way yet')).toBeVisible();
	await provider.close();
});

test('an answer that another site posts is looked at before the origin check, and one that is too large is not', async ({
	stepwell: { url }
}) => {
	const post = (body: string) =>
		fetch(`${url}/sso/saml/acs`, {
			method: 'POST',
			redirect: 'manual',
			headers: { origin: 'https://idp.example', 'content-type': 'application/x-www-form-urlencoded' },
			body
		});
	const unasked = await post(`SAMLResponse=${encodeURIComponent(btoa('<a/>'))}`);
	expect([unasked.status, unasked.headers.get('location')]).toEqual([303, '/sign-in?sso=expired']);
	expect(unasked.headers.getSetCookie()).toEqual([]);
	expect((await post(`SAMLResponse=${'A'.repeat(300_000)}`)).status).toBe(413);
	const metadata = await fetch(`${url}/sso/saml/7/metadata`);
	expect(metadata.headers.get('content-type')).toBe('application/samlmetadata+xml');
	expect(await metadata.text()).toContain(`entityID="${url}/sso/saml/7/metadata"`);
	for (const path of [
		'/sso/oidc/7/start',
		'/sso/saml/x/start',
		'/sso/finish?ticket=x',
		'/sso/oidc/callback?state=x'
	]) {
		const answer = await fetch(url + path, { redirect: 'manual' });
		expect(answer.headers.get('location')).toMatch(/^\/sign-in\?sso=(closed|expired)$/);
	}
});

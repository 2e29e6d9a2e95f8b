import { afterAll, beforeAll, expect, it } from 'vitest';
import { cloneDatabase, type TestDatabase } from '../../../../tests/support/database.ts';
import { sealMail } from '../people/caught.ts';
import { getCaughtMail, listCaughtMails } from './caught-mail.ts';
import { framedMail } from './framed-mail.ts';

let database: TestDatabase;
beforeAll(async () => {
	database = await cloneDatabase();
	const raw = [
		'From: Riverside Clinic <care@clinic.example>',
		'To: Ann <ann@example.test>',
		'Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=',
		' =?UTF-8?B?IDEyMw==?=',
		'MIME-Version: 1.0',
		'Content-Type: multipart/alternative; boundary=b',
		'',
		'--b',
		'Content-Type: text/plain; charset=utf-8',
		'',
		'Hello in text',
		'--b',
		'Content-Type: text/html; charset=utf-8',
		'',
		'<html><head></head><body>Hello <script>alert(1)</script></body></html>',
		'--b--',
		''
	].join('\r\n');
	for (let n = 1; n <= 120; n++) {
		const head = { from: 'care@clinic.example', to: [`p${n}@example.test`], subject: `Mail ${n}` };
		const columns = await sealMail(database.vault, n, null, { head, raw: Buffer.from(raw) });
		await database.pool.query(
			'insert into caught_mails (id, caught_at, head, sealed) overriding system value values ($1, now(), $2, $3)',
			[n, columns.head, columns.sealed]
		);
	}
});
afterAll(() => database.drop());

it('the list is newest first, in pages without a gap', async () => {
	const seen: string[] = [];
	let before: number | undefined;
	for (let page = 0; page < 3; page++) {
		const { mails, next } = await listCaughtMails(database, { before });
		seen.push(...mails.map(({ subject }) => subject));
		before = next ?? undefined;
	}
	expect(before).toBeUndefined();
	expect(seen).toEqual(Array.from({ length: 120 }, (_, n) => `Mail ${120 - n}`));
});

it('a search takes its words literally', async () => {
	const found = async (search: string) => (await listCaughtMails(database, { search })).mails.length;
	expect(await found('MAIL 12')).toBe(2);
	expect(await found('p7@example')).toBe(1);
	expect(await found('%')).toBe(0);
});

it('an opened mail has its headers decoded, both bodies, and the source as it came', async () => {
	const [newest] = (await listCaughtMails(database, {})).mails;
	const mail = await getCaughtMail(database, newest?.id ?? 0);
	expect(mail.sender).toBe('Riverside Clinic <care@clinic.example>');
	expect(mail.headers[2]).toEqual({ name: 'Subject', value: 'Grüße 123' });
	expect(mail.text.trim()).toBe('Hello in text');
	expect(mail.html).toContain('Hello');
	expect(mail.source).toContain('=?UTF-8?Q?Gr=C3=BC=C3=9Fe?=');
});

it('a mail that is not there is not found', async () => {
	await expect(getCaughtMail(database, 999_999)).rejects.toMatchObject({
		problem: { code: 'not-found' }
	});
});

it('in its frame a mail runs no script and loads nothing from elsewhere, and its links open apart', async () => {
	const response = framedMail('<html><head></head><body><a href="https://a.example">a</a></body></html>', {
		publicUrl: 'https://clinic.example/',
		links: true
	});
	const policy = response.headers.get('content-security-policy') ?? '';
	expect(policy).toContain("default-src 'none'");
	expect(policy).toContain("img-src 'self' https://clinic.example data:");
	expect(policy).toContain('sandbox allow-popups allow-popups-to-escape-sandbox');
	expect(policy).not.toContain('allow-scripts');
	expect(policy).not.toContain('allow-same-origin');
	expect(await response.text()).toContain('<head><base target="_blank">');
});

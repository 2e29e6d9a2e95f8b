// Canaries in every field about a person, then everything that leaves the product or stays behind is searched for them: what
// lower roles are served, headers, job tables, audit log, logs; and, when the product has stopped, every file it leaves.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { CANARIES } from './canary.ts';
import { ask, signInAs } from './database.ts';
import { clientOf, publishResults, signUp, withStepwell, type SignedIn, type Stepwell } from './stepwell.ts';

interface Clinic {
	owner: SignedIn;
	key: string;
	slug: string;
	contactId: number;
}

const person = {
	id: 'MRN-phi-canary',
	name: 'Phi-canary Person',
	email: 'phi-canary@example.test',
	phone: '+1 555 0142 x phi-canary',
	attributes: { diagnosis: 'phi-canary-diagnosis', conditions: ['phi-canary-a', 'phi-canary-b'] }
};

const test = withStepwell().extend<object, { clinic: Clinic }>({
	clinic: [
		async ({ stepwell }, use) => {
			const owner = await signUp(stepwell.url);
			const { key } = await owner.api.keys.create.mutate({ name: 'Laboratory' });
			const slug = await publishResults(owner);
			await send(stepwell, key, 'triggers/result-treatment', { contact: person, payload: { score: 7 } });
			await send(stepwell, key, 'events', {
				contact: person,
				name: 'lab.ready',
				properties: { result: 'phi-canary-result', deep: [{ note: 'phi-canary-note' }] },
				idempotencyKey: 'phi-canary-key'
			});
			await expect
				.poll(async () => (await owner.api.reports.counts.query({ slug })).whole.sent, { timeout: 60_000 })
				.toBe(1);
			const [found] = (await owner.api.contacts.list.query({})).rows;
			await use({ owner, key, slug, contactId: found?.id ?? 0 });
		},
		{ scope: 'worker', timeout: 120_000 }
	]
});

async function send(stepwell: Stepwell, key: string, path: string, body: unknown): Promise<string> {
	const answer = await fetch(`${stepwell.url}/api/v1/${path}`, {
		method: 'POST',
		headers: {
			authorization: `Bearer ${key}`,
			'content-type': 'application/json',
			'idempotency-key': `phi-canary-${randomBytes(6).toString('hex')}`
		},
		body: JSON.stringify(body)
	});
	return everythingOf(answer);
}

/** Headers and body, as one text. */
async function everythingOf(answer: Response): Promise<string> {
	const headers = [...answer.headers].map((pair) => pair.join(': ')).join('\n');
	return `${headers}\n\n${await answer.text()}`;
}

function expectClean(text: string, what: string): void {
	for (const canary of CANARIES)
		expect(text.toLowerCase().includes(canary), `${what} holds ${canary}`).toBe(false);
}

const pagesOf = ({ slug, contactId }: Clinic) => [
	'/journeys',
	`/journeys/${slug}`,
	`/journeys/${slug}/report?days=all`,
	`/journeys/${slug}/report/people?measure=sent&days=all`,
	`/journeys/${slug}/report/people?measure=entered&days=all`,
	'/people',
	'/people?search=phi-canary',
	`/people/${contactId}`,
	'/messages',
	'/mail',
	'/mail/1',
	'/mail/1/message',
	'/settings',
	'/audit',
	'/nowhere'
];

const queriesOf = ({ slug, contactId }: Clinic): [path: string, input: unknown][] => [
	['contacts.list', {}],
	['contacts.list', { search: 'Phi' }],
	['contacts.get', { id: contactId }],
	['reports.people', { slug, measure: 'sent' }],
	['reports.counts', { slug }],
	['journeys.workspace', { slug }],
	['templates.fields', undefined],
	['templates.previewPeople', { search: 'Phi' }],
	['mail.list', { search: 'phi' }],
	['mail.get', { id: 1 }],
	['settings.status', undefined],
	['keys.list', undefined]
];

async function queried(stepwell: Stepwell, headers: Record<string, string>, path: string, input: unknown) {
	const query = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`;
	return everythingOf(await fetch(`${stepwell.url}/api/trpc/${path}${query}`, { headers }));
}

for (const role of ['manager', 'integrator', 'operator'] as const)
	test(`a ${role} is served nobody's name, address or health`, async ({ stepwell, clinic }) => {
		const cookie = await signInAs(stepwell, role);
		let served = 0;
		for (const page of pagesOf(clinic)) {
			if (page.includes('search=')) continue; // The page repeats what was typed.
			const answer = await fetch(stepwell.url + page, { headers: { cookie }, redirect: 'manual' });
			if (answer.ok) served++;
			expectClean(await everythingOf(answer), `${page} for a ${role}`);
		}
		expect(served, 'pages that are shown at all').toBeGreaterThan(0);
		for (const [path, input] of queriesOf(clinic))
			expectClean(await queried(stepwell, { cookie }, path, input), `${path} for a ${role}`);
	});

test('a program with a key reads nobody back', async ({ stepwell, clinic }) => {
	for (const [path, input] of queriesOf(clinic))
		expectClean(
			await queried(stepwell, { authorization: `Bearer ${clinic.key}` }, path, input),
			`${path} for a key`
		);
});

test('the owner sees who it is, and nothing about health before asking', async ({ stepwell, clinic }) => {
	const { cookie } = clinic.owner;
	for (const page of ['/people', `/people/${clinic.contactId}`]) {
		const text = await everythingOf(await fetch(stepwell.url + page, { headers: { cookie } }));
		expect(text).toContain('Phi-canary Person');
		expect(text).not.toMatch(/phi-canary-(diagnosis|a|b|result|note)/);
	}
});

test('errors repeat nothing of what they refuse', async ({ stepwell, clinic }) => {
	const bad: [string, unknown][] = [
		['events', { contact: { ...person, email: 'phi-canary at nowhere' }, name: 'x' }],
		['events', { contact: person, name: 'lab.ready', properties: 'phi-canary' }],
		['events', { contact: { ...person, attributes: { diagnosis: { deep: 'phi-canary' } } }, name: 'x' }],
		['events', { contact: 'phi-canary-unknown', name: 'lab.ready' }],
		['triggers/result-treatment', { contact: person, payload: { score: 'phi-canary' } }],
		['triggers/phi-unknown', { contact: person, payload: {} }],
		['events', 'phi-canary']
	];
	for (const [path, body] of bad) {
		const text = await send(stepwell, clinic.key, path, body);
		expect(text, path).toContain('"error"');
		expectClean(text, `the refusal of ${path}`);
	}
	const refused = await clinic.owner.api.contacts.create
		.mutate({ name: 'phi-canary', email: 'phi-canary', timezone: 'phi-canary/Nowhere', marketing: false })
		.catch((error: unknown) => JSON.stringify(error));
	expectClean(String(refused), 'the refusal of a new person');
});

test('mail names the person to nobody but themselves: only the To and the body', async ({ clinic }) => {
	const { api } = clinic.owner;
	const [caught] = (await api.mail.list.query({})).mails;
	const mail = await api.mail.get.query({ id: caught?.id ?? 0 });
	const headers = mail.headers.filter(({ name }) => name.toLowerCase() !== 'to');
	expect(headers.length).toBeGreaterThan(5);
	expectClean(JSON.stringify(headers), 'the headers');
});

test('jobs carry ids only, and every row of the database is searched', async ({ stepwell }) => {
	const tables = await ask<{ name: string }>(
		stepwell,
		`select format('%I.%I', table_schema, table_name) as name from information_schema.tables
		where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`
	);
	expect(tables.some(({ name }) => name.includes('graphile_worker'))).toBe(true);
	for (const { name } of tables) {
		const rows = await ask<{ row: string }>(stepwell, `select t::text as row from ${name} t`);
		expectClean(rows.map(({ row }) => row).join('\n'), name);
	}
	const log = readFileSync(join(stepwell.dataFolder, 'stepwell.log'), 'utf8');
	expectClean(log, 'the log');
	expectClean(stepwell.output(), 'what it prints');
});

test('a stranger is told nothing', async ({ stepwell, clinic }) => {
	for (const [path, input] of queriesOf(clinic)) {
		const text = await queried(stepwell, {}, path, input);
		expect(text).toContain('UNAUTHORIZED');
		expectClean(text, path);
	}
	expect(
		await clientOf(stepwell.url, {})
			.contacts.list.query({})
			.catch(() => 'refused')
	).toBe('refused');
});

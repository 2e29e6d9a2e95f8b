// Who may open what, asked of the built product: each page, form action and endpoint, by each role and by whoever has none.
import { expect } from '@playwright/test';
import { builtRoutes } from './built-routes.ts';
import { linesFor, type Line, type Made } from './routes.ts';
import { publishResults } from './stepwell.ts';
import { test, visitors, type Team, type Visitor } from './team.ts';

test('every route answers each role as its line says, and none is missing', async ({ team }) => {
	const lines = linesFor(await makeWhatIsAsked(team));
	const cookieOf = await team.signInAnew();
	const built = await builtRoutes();
	expect(
		built.filter((route) => !(route in lines)),
		'say in tests/e2e/routes.ts who may use these new routes'
	).toEqual([]);
	expect(
		Object.keys(lines).filter((route) => !built.includes(route)),
		'these routes are gone: take them out of tests/e2e/routes.ts'
	).toEqual([]);

	const wanted: string[] = [];
	const found: string[] = [];
	// The sign-out ends the session that it is asked with, so it comes last.
	const inOrder = [...built].sort((a, b) => Number(a.includes('sign-out')) - Number(b.includes('sign-out')));
	for (const route of inOrder)
		for (const visitor of visitors) {
			const line = lines[route];
			if (!line || (line.isLong && mayUse(line, visitor))) continue;
			wanted.push(`${route} · ${visitor}: ${expected(line, visitor)}`);
			found.push(`${route} · ${visitor}: ${await ask(team, cookieOf[visitor], route, line, visitor)}`);
		}
	expect(found).toEqual(wanted);
});

const placeOf: Partial<Record<Visitor, string>> = {
	nobody: '/sign-in',
	'second-factor': '/sign-in/second-factor',
	enrol: '/sign-in/protect'
};

function expected({ may, status, signedIn = status, stages = {} }: Line, visitor: Visitor): string {
	const place = placeOf[visitor];
	if (may === 'everybody') return String(stages[visitor] ?? (place ? status : signedIn));
	if (place) return `303 ${place}`;
	return mayUse({ may }, visitor) ? String(status) : '403';
}

function mayUse({ may }: Pick<Line, 'may'>, visitor: Visitor): boolean {
	return may === 'everybody' || (may as readonly string[]).includes(visitor);
}

async function ask(team: Team, cookie: string, route: string, line: Line, visitor: Visitor): Promise<string> {
	const method = route.split(' ')[0] ?? '';
	const answer = await fetch(team.url + line.path, {
		method,
		headers: { cookie, origin: team.url, accept: 'text/html' },
		redirect: 'manual',
		...(method !== 'GET' && { body: new URLSearchParams(line.form) })
	});
	await answer.arrayBuffer();
	const place = line.may === 'everybody' ? undefined : placeOf[visitor];
	const target = (answer.headers.get('location') ?? '').split('?')[0];
	return place ? `${answer.status} ${target}` : String(answer.status);
}

async function makeWhatIsAsked({ owner: api }: Team): Promise<Made> {
	const journey = await publishResults({ api });
	const { slug: message } = await api.templates.create.mutate({ name: 'Hello' });
	const { slug: text } = await api.templates.create.mutate({ name: 'Short', channel: 'text' });
	const { id: person } = await api.contacts.create.mutate({
		publicId: 'ann',
		name: 'Ann',
		email: 'ann@example.test',
		marketing: false
	});
	const { subject, preheader, blocks } = await api.templates.get.query({ slug: message });
	await api.templates.testSend.mutate({ subject, preheader, blocks, marketing: false });
	const mails = () => api.mail.list.query({});
	await expect.poll(async () => (await mails()).mails.length).toBe(1);
	return { journey, message, text, person, mail: (await mails()).mails[0]?.id ?? 0 };
}

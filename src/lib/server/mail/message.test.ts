import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/errors.ts';
import { linkProblem, templateContentSchema, type Block } from './blocks.ts';
import { compileTemplate } from './compile-template.ts';
import { composeMail, type MailFacts } from './compose.ts';
import { makeLinkToken, readLinkToken } from './link-token.ts';

const secret = Buffer.alloc(32, 7);
const app = { secret, publicUrl: 'https://clinic.example' };

const content = (blocks: Block[], subject = 'Hello', preheader = '') => ({ subject, preheader, blocks });
const text = (body: string): Block => ({ kind: 'text', text: body });

function facts(over: Partial<MailFacts> = {}): MailFacts {
	return {
		messageId: 12,
		contact: {
			name: 'Ann Lee',
			email: 'ann@example.test',
			timezone: 'America/New_York',
			attributes: { firstName: 'Ann' }
		},
		trigger: {},
		journeyName: 'Follow-up',
		marketing: false,
		workspace: { name: 'Riverside Clinic', postalAddress: '12 River St\nBoston, MA 02101', timezone: 'UTC' },
		...over
	};
}

async function mailOf(blocks: Block[], over: Partial<MailFacts> = {}, subject?: string) {
	return composeMail(app, await compileTemplate(content(blocks, subject)), facts(over));
}

async function problemOf(blocks: Block[], subject?: string, preheader?: string) {
	const error = await compileTemplate(content(blocks, subject, preheader)).catch((caught: unknown) => caught);
	if (!(error instanceof ApiError)) throw new Error('It compiled.');
	return error.problem;
}

describe('a message is merged for one contact', () => {
	it('keeps the quotes of a fallback, which React would escape', async () => {
		const mail = await mailOf([text('Hi {{ contact.nickname | default: "there" }},')]);
		expect(mail.html).toContain('Hi there,');
		expect(mail.text).toContain('Hi there,');
	});

	it('escapes what a value holds in HTML, and prints it as it is in the text part', async () => {
		const contact = { ...facts().contact, attributes: { firstName: '<img src=x onerror="alert(1)">' } };
		const mail = await mailOf([text('Hi {{ contact.firstName }}')], { contact });
		expect(mail.html).toContain('&lt;img src=x onerror=&#34;alert(1)&#34;&gt;');
		expect(mail.html).not.toContain('<img src=x');
		expect(mail.text).toContain('<img src=x onerror="alert(1)">');
	});

	it.each(['{{ 7 | times: 7 }}', '{% if true %}49{% endif %}', '{{ contact.email }}'])(
		'prints a value that looks like Liquid and never runs it: %s',
		async (value) => {
			const contact = { ...facts().contact, attributes: { firstName: value } };
			const mail = await mailOf(
				[text('[{{ contact.firstName }}]')],
				{ contact },
				'S {{ contact.firstName }}'
			);
			expect(mail.text).toContain(`[${value}]`);
			expect(mail.subject).toBe(`S ${value}`);
		}
	);

	it('keeps a subject on one line, whatever the value holds', async () => {
		const contact = { ...facts().contact, attributes: { firstName: 'Ann\r\nBcc: evil@example.test\u0000' } };
		const mail = await mailOf([text('x')], { contact }, 'Hi {{ contact.firstName }}');
		expect(mail.subject).toBe('Hi Ann Bcc: evil@example.test');
	});

	it('reads a calendar date as that day everywhere, and an instant in the reader’s zone', async () => {
		const attributes = { visit: '2026-03-01', seen: '2026-03-01T02:00:00Z' };
		const contact = { ...facts().contact, attributes };
		const mail = await mailOf(
			[text('{{ contact.visit | date: "%-d %B" }} / {{ contact.seen | date: "%-d %B %H:%M" }}')],
			{
				contact
			}
		);
		expect(mail.text).toContain('1 March / 28 February 21:00');
	});

	it('has nothing of JavaScript’s own in reach', async () => {
		const mail = await mailOf([
			text('[{{ contact.constructor }}{{ contact.__proto__ }}{{ contact.toString }}]')
		]);
		expect(mail.text).toContain('[]');
	});

	it('ends what would run for ever', async () => {
		const compiled = await compileTemplate(
			content([text('{% for i in (1..contact.n) %}{{ i }}{% endfor %}')])
		);
		const contact = { ...facts().contact, attributes: { n: 100_000_000 } };
		expect(() => composeMail(app, compiled, facts({ contact }))).toThrow(/limit exceeded/);
	});

	it('gives the same bytes every time', async () => {
		const compiled = await compileTemplate(
			content([text('Hi {{ contact.firstName }} [go](https://a.example)')])
		);
		const first = JSON.stringify(composeMail(app, compiled, facts()));
		for (let n = 0; n < 100; n++) expect(JSON.stringify(composeMail(app, compiled, facts()))).toBe(first);
	});
});

describe('links', () => {
	const blocks: Block[] = [
		text('Read **[the guide](https://guide.example/a?b=1&c=2)** or [ask](https://ask.example).'),
		{ kind: 'button', label: 'Book now', url: 'https://book.example/visit' }
	];

	it('are replaced by tokens, the same in HTML and text, and the pixel is first-party', async () => {
		const compiled = await compileTemplate(content(blocks));
		expect(compiled.links).toEqual([
			'https://guide.example/a?b=1&c=2',
			'https://ask.example',
			'https://book.example/visit'
		]);
		const mail = composeMail(app, compiled, facts());
		for (const link of [0, 1, 2]) {
			const url = `https://clinic.example/t/c/${makeLinkToken(secret, { messageId: 12, kind: 'click', link })}`;
			expect(mail.html).toContain(url);
			expect(mail.text).toContain(url);
		}
		expect(mail.html).not.toContain('guide.example');
		expect(mail.html).toMatch(/<img src="https:\/\/clinic\.example\/t\/o\/[\w.-]+\.gif"/);
	});

	it('lead straight to their target in a preview, without a pixel', async () => {
		const mail = await mailOf(blocks, { messageId: null });
		expect(mail.html).toContain('href="https://guide.example/a?b=1&amp;c=2"');
		expect(mail.html).not.toContain('/t/');
	});

	it.each([
		['javascript:alert(1)', 'https://'],
		['//evil.example', 'https://'],
		['https:\\\\evil.example', 'https://'],
		['https://a.example\\@evil.example', 'web address'],
		['https://user:pw@evil.example', 'password'],
		['https://a.example/?id={{ contact.id }}', 'person’s data'],
		['mailto:a@example.test', 'https://'],
		['', 'Say where']
	])('refuses %s', (url, words) => {
		expect(linkProblem(url)).toContain(words);
	});

	it('refuses a person’s data in a link inside a text, at its block', () => {
		const result = templateContentSchema.safeParse(
			content([text('fine'), text('[see](https://a.example/{{ contact.mrn | default: "(x)" }})')])
		);
		expect(result.error?.issues[0]?.path).toEqual(['blocks', 1, 'text']);
	});

	it('takes the unsubscribe link where an address goes', async () => {
		const mail = await mailOf([text('[Stop]({{ links.unsubscribe }})')]);
		expect(mail.html).toMatch(/href="https:\/\/clinic\.example\/u\/[\w.-]+"/);
	});
});

describe('marketing', () => {
	it('has the unsubscribe link, the address and the RFC 8058 headers, whatever its blocks say', async () => {
		const mail = await mailOf([text('Offer')], { marketing: true });
		const url = `https://clinic.example/u/${makeLinkToken(secret, { messageId: 12, kind: 'unsubscribe', link: 0 })}`;
		expect(mail.headers['List-Unsubscribe']).toBe(`<${url}>`);
		expect(mail.headers['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click');
		for (const body of [mail.html, mail.text]) {
			expect(body).toContain(url);
			expect(body).toContain('12 River St, Boston, MA 02101');
			expect(body).not.toContain('about your care');
		}
	});

	it('is not what a care message looks like', async () => {
		const mail = await mailOf([text('Your visit')]);
		expect(Object.keys(mail.headers)).toEqual(['Auto-Submitted']);
		expect(mail.html).not.toContain('/u/');
		expect(mail.html).toContain('about your care');
	});
});

describe('what a template can’t hold', () => {
	it.each([
		['{{ contact.name', 'not closed with }}'],
		['a\nb {{ contact.name | shout }}', 'Line 2: “shout” is not a filter'],
		['{% if contact.name %}x', 'has no end tag'],
		['{% include "x" %}', '“include” is not a tag'],
		['{% render "/etc/passwd" %}', '“render” is not a tag'],
		['{% raw %}{{ x }}{% endraw %}', '“raw” is not a tag'],
		['{{ contact.name | raw }}', '“raw” is not a filter'],
		['{{ contact[contact.x] }}', 'named, not computed'],
		['{{ contact }}', 'not one value'],
		['{{ settings.password }}', 'nothing a message can read'],
		['{{ journey.slug }}', 'only journey.name'],
		['{{ links.to0 }}', 'only links.unsubscribe']
	])('%s', async (body, words) => {
		const problem = await problemOf([text('fine'), text(body)]);
		expect(problem).toMatchObject({ code: 'input.invalid', path: '/blocks/1/text' });
		expect(problem.message).toContain(words);
	});

	it('is told at the subject, the preview line and the button too', async () => {
		expect((await problemOf([text('x')], '{{ a }}')).path).toBe('/subject');
		expect((await problemOf([text('x')], 'x', '{% nope %}')).path).toBe('/preheader');
		expect((await problemOf([{ kind: 'button', label: '{{ b }}', url: 'https://a.example' }])).path).toBe(
			'/blocks/0/label'
		);
	});

	it.each(['tablerow', 'cycle', 'increment', 'decrement', 'layout', 'block', 'liquid', 'echo', 'capture'])(
		'the tag %s',
		async (tag) => {
			expect((await problemOf([text(`{% ${tag} x %}`)])).message).toContain(`“${tag}” is not a tag`);
		}
	);
});

it('says what it reads, with the subject’s apart', async () => {
	const compiled = await compileTemplate(
		content(
			[
				text(
					'{{ contact.dose }} {% for item in trigger.items %}{{ item.name }}{% endfor %}{% assign z = contact.age %}{{ z }}'
				)
			],
			'For {{ contact.firstName }} by {{ journey.name }}'
		)
	);
	expect(compiled.subjectReads).toEqual(['contact.firstName', 'journey.name']);
	expect(compiled.reads).toEqual([
		'contact.age',
		'contact.dose',
		'contact.firstName',
		'journey.name',
		'trigger.items'
	]);
});

describe('a link’s token', () => {
	const token = makeLinkToken(secret, { messageId: 9_007_199_254_740, kind: 'click', link: 3 });

	it('reads back as what it was made of', () => {
		expect(readLinkToken(secret, token)).toEqual({ messageId: 9_007_199_254_740, kind: 'click', link: 3 });
	});

	it.each([
		['another secret', () => readLinkToken(Buffer.alloc(32, 8), token)],
		['a changed message', () => readLinkToken(secret, makeOther())],
		['a changed signature', () => readLinkToken(secret, flip(token))],
		['a signature by the bare secret', () => readLinkToken(secret, bare())],
		['nothing', () => readLinkToken(secret, '')],
		['a word', () => readLinkToken(secret, 'preview')]
	])('is refused with %s', (_, read) => {
		expect(read()).toBeNull();
	});

	const flip = (value: string) => value.slice(0, -2) + (value.at(-2) === 'A' ? 'B' : 'A') + value.slice(-1);
	const makeOther = () => `${Buffer.from('13.c.3').toString('base64url')}.${token.split('.')[1]}`;
	const bare = () => {
		const signed = Buffer.from('12.u.0').toString('base64url');
		return `${signed}.${createHmac('sha256', secret).update(signed).digest().subarray(0, 16).toString('base64url')}`;
	};
});

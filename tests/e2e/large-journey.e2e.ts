// A journey of 2,000 steps in the editor's worker: Chromium finds in it what the server finds.
import { readdirSync } from 'node:fs';
import { expect } from '@playwright/test';
import { compile, type Diagnostic, type Workspace } from '../../src/lib/journey/index.ts';
import { withStepwell } from './stepwell.ts';

const test = withStepwell();

const workspace: Workspace = {
	timezone: 'UTC',
	attributes: [{ key: 'age', label: 'Age', type: 'number', phi: true }],
	templates: [
		{
			slug: 'hello',
			name: 'Hello',
			channel: 'email',
			subject: 'Hello',
			text: 'Buy now.',
			reads: [],
			subjectReads: []
		}
	]
};

/** A chain: some messages advertise, some decisions follow from what was set before, and the end goes round. */
function chain(length: number): object {
	const kinds = [
		(n: number) => ({ kind: 'decide.if', config: { where: { attribute: 'age', op: '>', value: n % 90 } } }),
		(n: number) => ({
			kind: 'send.email',
			config: { template: 'hello', purpose: n % 1_000 === 501 ? 'operations' : 'marketing' }
		}),
		() => ({ kind: 'wait.for', config: { duration: 'P1D' } }),
		() => ({ kind: 'contact.update', config: { set: { age: 40 } } })
	];
	const steps = Array.from({ length: length - 2 }, (_, n) => ({ id: `s${n}`, ...kinds[n % 4]?.(n) }));
	const edges = steps.slice(1).map(({ id }, n) => ({
		from: `s${n}`,
		outcome: n % 4 === 0 ? 'yes' : 'next',
		to: id
	}));
	return {
		format: 'stepwell.journey/1',
		name: 'Long',
		settings: { timezone: 'America/New_York', frequencyCap: { messages: 20, per: 'P30D' } },
		steps: [
			{ id: 'e', kind: 'trigger.transactional', config: { event: 'go' } },
			...steps,
			{ id: 'alone', kind: 'exit', config: {} }
		],
		edges: [
			{ from: 'e', outcome: 'next', to: 's0' },
			...edges,
			{ from: `s${length - 3}`, outcome: 'next', to: `s${length - 10}` }
		]
	};
}

test('a journey of 2,000 steps has the same problems in the browser as on the server', async ({
	page,
	stepwell
}) => {
	const document = chain(2_000);
	const wanted = compile(document, workspace, 'long').diagnostics;
	expect(new Set(wanted.map(({ code }) => code))).toEqual(
		new Set([
			'purpose.marketing-words',
			'step.dead-branch',
			'step.unreachable',
			'loop.bounded',
			'send.too-many'
		])
	);
	const file = readdirSync('build/client/_app/immutable/workers').find((each) =>
		/^compile-worker.*\.js$/.test(each)
	);
	await page.goto(stepwell.url);
	const found = await page.evaluate(
		({ url, requests }) => {
			const worker = new Worker(url, { type: 'module' });
			return new Promise<{ id: number; diagnostics: Diagnostic[] }>((done, fail) => {
				worker.onmessage = ({ data }) => done(data as { id: number; diagnostics: Diagnostic[] });
				worker.onerror = ({ message }) => fail(new Error(message));
				for (const request of requests) worker.postMessage(request);
			});
		},
		{
			url: `/_app/immutable/workers/${file}`,
			requests: [
				{ is: 'workspace', workspace, slug: 'long' },
				{ is: 'document', id: 1, document }
			]
		}
	);
	expect(found).toEqual({ id: 1, diagnostics: JSON.parse(JSON.stringify(wanted)) });
});

/** Short ways to write documents, facts and worlds in tests. */
import { compile } from '../compile/compile.ts';
import type { Workspace } from '../compile/workspace.ts';
import type { EnrollmentState } from '../enrollment.ts';
import type { Plan } from '../plan.ts';
import type { EventFact, World } from '../world.ts';

export const workspace: Workspace = {
	timezone: 'UTC',
	attributes: [
		{ key: 'age', label: 'Age', type: 'number', phi: true },
		{ key: 'firstName', label: 'First name', type: 'text', phi: false },
		{ key: 'city', label: 'City', type: 'text', phi: false },
		{ key: 'vip', label: 'VIP', type: 'boolean', phi: false },
		{ key: 'birthday', label: 'Birthday', type: 'date', phi: true },
		{ key: 'lastSeen', label: 'Last seen', type: 'datetime', phi: false },
		{ key: 'tags', label: 'Tags', type: 'list', phi: false }
	],
	templates: [
		template('hello', 'Hello there'),
		template('offer', 'Spring offer'),
		{ ...template('sale', 'Sale'), text: 'Get 20% off your next visit.' },
		{ ...template('secret', 'Your age'), reads: ['contact.age'], subjectReads: ['contact.age'] },
		{
			...template('strange', 'Strange'),
			reads: ['contact.shoeSize', 'contact.name', 'trigger.date', 'links.unsubscribe']
		}
	]
};

function template(slug: string, name: string): Workspace['templates'][number] {
	return { slug, name, channel: 'email', subject: name, text: 'Hello.', reads: [], subjectReads: [] };
}

type StepInput = [id: string, kind: string, config: Record<string, unknown>, more?: Record<string, unknown>];

/** A document; a way is written `from.outcome>to`. */
export function documentOf(
	steps: StepInput[],
	ways: string,
	settings?: Record<string, unknown>
): Record<string, unknown> {
	return {
		format: 'stepwell.journey/1',
		name: 'Test',
		...(settings ? { settings } : {}),
		steps: steps.map(([id, kind, config, more]) => ({ id, kind, config, ...more })),
		edges: ways
			.split(/\s+/)
			.filter(Boolean)
			.map((way) => {
				const [, from, outcome, to] = /^(.+)\.(.+)>(.+)$/.exec(way) ?? [];
				return { from, outcome, to };
			})
	};
}

export const started: StepInput = ['e', 'trigger.transactional', { event: 'go' }];

/** The plan of a document that must be sound. */
export function planOf(steps: StepInput[], ways: string, settings?: Record<string, unknown>): Plan {
	const { plan, diagnostics } = compile(documentOf(steps, ways, settings), workspace, 'test');
	if (!plan) throw new Error(diagnostics.map(({ path, message }) => `${path}: ${message}`).join('\n'));
	return plan;
}

export const NOW = Date.UTC(2026, 2, 2, 12);

export function worldOf(
	more: Partial<World> & { attributes?: Record<string, unknown>; timezone?: string } = {}
): World {
	const { attributes = {}, timezone = 'UTC', ...world } = more;
	return {
		contact: { id: 'ann', email: 'ann@example.test', phone: null, timezone, attributes, createdAt: 0 },
		workspaceTimezone: 'UTC',
		events: [],
		messages: [],
		consents: [],
		suppressions: [],
		marketingSentAt: [],
		...world
	};
}

export function entering(plan: Plan, trigger: Record<string, unknown> = {}, now = NOW): EnrollmentState {
	const step = plan.triggers[0]?.step ?? '';
	return { step, arrivedAt: now, arrivals: {}, visitCount: 0, enteredAt: now, trigger, standing: false };
}

export function eventOf(
	id: number,
	name: string,
	occurredAt: number,
	properties: Record<string, unknown> = {}
): EventFact {
	return { id, name, occurredAt, properties };
}

export const authorized: World['consents'] = [
	{ kind: 'marketing', topic: null, grantedAt: 0, expiresAt: null, revokedAt: null }
];

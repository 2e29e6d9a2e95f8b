/** A made-up person for a preview: a value for everything that a template reads. */
import type { CompiledTemplate } from './compile-template.ts';
import type { MailFacts } from './compose.ts';
import type { Sender } from './sender.ts';

export interface KnownAttribute {
	key: string;
	label: string;
	type: 'text' | 'number' | 'boolean' | 'date' | 'datetime' | 'list';
}

const familiar: Record<string, unknown> = {
	firstName: 'Maria',
	lastName: 'Alvarez',
	city: 'Worcester',
	clinician: 'Dr. Chen'
};
const DAY_MS = 86_400_000;

/** The facts of somebody who doesn't exist. Dates lie a week ahead of `now` (ms). */
export function sampleFacts(
	compiled: CompiledTemplate,
	attributes: readonly KnownAttribute[],
	sender: Sender,
	now: number,
	marketing: boolean
): MailFacts {
	const attributeByKey = new Map(attributes.map((attribute) => [attribute.key, attribute]));
	const values = { contact: {} as Record<string, unknown>, trigger: {} as Record<string, unknown> };
	for (const read of compiled.reads) {
		const [root, ...path] = read.split('.');
		if (root !== 'contact' && root !== 'trigger') continue;
		const key = path[0] ?? '';
		const attribute = root === 'contact' ? attributeByKey.get(key) : undefined;
		place(values[root], path, valueFor(key, attribute, now));
	}
	return {
		messageId: null,
		contact: {
			name: 'Maria Alvarez',
			email: 'maria@example.com',
			phone: '+1 555 0100',
			timezone: sender.timezone,
			attributes: values.contact
		},
		trigger: values.trigger,
		journeyName: 'This journey',
		marketing,
		workspace: sender
	};
}

function place(into: Record<string, unknown>, path: readonly string[], value: unknown): void {
	const [key = '', ...rest] = path;
	if (rest.length === 0) {
		into[key] ??= value;
		return;
	}
	const inner = into[key];
	const next = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {};
	into[key] = next;
	place(next, rest, value);
}

function valueFor(key: string, attribute: KnownAttribute | undefined, now: number): unknown {
	if (key in familiar) return familiar[key];
	const ahead = new Date(now + 7 * DAY_MS).toISOString();
	switch (attribute?.type) {
		case 'number':
			return 42;
		case 'boolean':
			return true;
		case 'date':
			return ahead.slice(0, 10);
		case 'datetime':
			return ahead;
		case 'list':
			return ['first', 'second'];
		case 'text':
			return attribute.label;
		case undefined:
			// What an event carries has no declared type: its name tells as much as anybody can.
			if (/(date|day)$/i.test(key)) return ahead.slice(0, 10);
			if (/(At|[tT]ime)$/.test(key)) return ahead;
			return /(by|doctor|provider|physician)$/i.test(key) ? 'Dr. Chen' : words(key);
	}
}

/** "providerName" → "provider name". */
function words(key: string): string {
	return key
		.replace(/([a-z0-9])([A-Z])/g, '$1 $2')
		.replaceAll('_', ' ')
		.toLowerCase();
}

export type Severity = 'error' | 'warning' | 'info';

/** One small edit of a document; `path` is a JSON pointer (RFC 6901). */
export type Patch = { op: 'set'; path: string; value: unknown } | { op: 'remove'; path: string };

export interface Fix {
	/** A verb and what it does to what: "Remove the connection". */
	label: string;
	patch: Patch[];
}

/** What is wrong, where, and what to do: in a marketer's words. Errors stop a publish. */
export interface Diagnostic {
	code: DiagnosticCode;
	severity: Severity;
	path: string;
	step?: string;
	/** The path or the loop, in order. */
	steps?: string[];
	message: string;
	fix?: Fix;
}

/**
 * Every code of this version and how severe it is. Codes are public: they never change their meaning.
 *
 * - `format.*`: the document is not of the format, at the path.
 * - `id.duplicate`, `edge.*`: the graph does not hold together.
 * - `trigger.none`, `step.*`: nobody enters, nobody gets there, or a condition decides nothing.
 * - `loop.no-wait`, `loop.bounded`: a circle without a wait, and one with a wait. `loop.journeys`: a circle of journeys
 *   that put contacts into each other; with a wait in it, it is a warning.
 * - `template.*`, `purpose.marketing-words`, `send.*`, `profile.no-baa`: the messages.
 * - `attribute.*`, `segment.*`, `journey.missing`: what steps and conditions name.
 * - `team.unknown`: somebody who is told and is nobody of the team; an address outside of it is a warning.
 * - `wait.never`, `wait.too-long`: what never comes, and a wait of over a year.
 * - `webhook.insecure`: a call that anybody on the way can read.
 */
export const severities = {
	'format.unknown-key': 'error',
	'format.required': 'error',
	'format.type': 'error',
	'format.value': 'error',
	'format.limit': 'error',
	'id.duplicate': 'error',
	'edge.unknown-step': 'error',
	'edge.unknown-outcome': 'error',
	'edge.into-trigger': 'error',
	'edge.duplicate': 'error',
	'trigger.none': 'error',
	'step.unreachable': 'warning',
	'step.dead-branch': 'warning',
	'loop.no-wait': 'error',
	'loop.bounded': 'warning',
	'loop.journeys': 'error',
	'template.missing': 'error',
	'template.unknown-attribute': 'error',
	'template.phi-in-subject': 'error',
	'purpose.marketing-words': 'error',
	'send.no-channel': 'error',
	'send.too-many': 'warning',
	'segment.missing': 'error',
	'segment.computed': 'error',
	'segment.circle': 'error',
	'journey.missing': 'error',
	'attribute.unknown': 'error',
	'attribute.type': 'error',
	'team.unknown': 'error',
	'wait.never': 'error',
	'wait.too-long': 'warning',
	'webhook.insecure': 'error',
	'profile.no-baa': 'error'
} as const satisfies Record<string, Severity>;

export type DiagnosticCode = keyof typeof severities;

/** A diagnostic of the catalogue, with the severity that belongs to its code. */
export function diagnose(
	code: DiagnosticCode,
	path: string,
	message: string,
	more: Pick<Diagnostic, 'step' | 'steps' | 'fix'> & { severity?: Severity } = {}
): Diagnostic {
	return { code, severity: severities[code], path, message, ...more };
}

/** A JSON pointer that goes on by more parts. */
export function at(path: string, ...parts: (string | number)[]): string {
	let longer = path;
	for (const part of parts) longer += `/${typeof part === 'number' ? part : escaped(part)}`;
	return longer;
}

function escaped(part: string): string {
	return /[~/]/.test(part) ? part.replace(/~/g, '~0').replace(/\//g, '~1') : part;
}

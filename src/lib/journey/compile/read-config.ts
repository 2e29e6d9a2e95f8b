/** The settings of one step: what its schema says, and its conditions, each at its own place. */
import { configSchemaOf, type StepKind } from '../document.ts';
import { checkSchema } from '../payload.ts';
import { at, diagnose, type Diagnostic } from './diagnostic.ts';
import { readWith } from './issues.ts';
import { isRecord, readTests, readWhere } from './read-where.ts';

interface Reading {
	kind: StepKind;
	config: Record<string, unknown>;
	/** `/steps/N/config`. */
	place: string;
	step: string;
	found: Diagnostic[];
}

export function readConfig(
	frame: { id: string; kind: StepKind; config?: unknown },
	path: string,
	found: Diagnostic[]
): void {
	const place = at(path, 'config');
	const fits =
		readWith(configSchemaOf(frame.kind, frame.config), frame.config, place, found, frame.id) !== null;
	if (!isRecord(frame.config)) return;
	const reading = { kind: frame.kind, config: frame.config, place, step: frame.id, found };
	readConditions(reading);
	if (fits) readRest(reading);
}

/** What is no condition at all is the schema's to report. */
function readConditions({ config, place, step, found }: Reading): void {
	for (const key of ['where', 'audience']) {
		if (isRecord(config[key])) readWhere(config[key], at(place, key), found, step);
	}
	if (!Array.isArray(config['branches'])) return;
	config['branches'].forEach((branch: unknown, index) => {
		if (!isRecord(branch) || !isRecord(branch['where'])) return;
		readWhere(branch['where'], at(place, 'branches', index, 'where'), found, step);
	});
}

function readRest(reading: Reading): void {
	const { kind, config, place, step, found } = reading;
	if (kind === 'wait.event') readTests(config['match'], at(place, 'match'), found, step);
	if (kind === 'trigger.behavior') readIgnored(reading);
	if (kind === 'trigger.api' && config['payload'] !== undefined) {
		const fault = checkSchema(config['payload']);
		if (fault)
			found.push(diagnose('format.value', at(place, 'payload') + fault.path, fault.message, { step }));
	}
}

function readIgnored({ config, place, step, found }: Reading): void {
	if (config['event'] !== 'email.ignored' || config['for'] !== undefined) return;
	const message = 'Say how long an email stays unopened before it counts as ignored.';
	found.push(diagnose('format.required', at(place, 'for'), message, { step }));
}

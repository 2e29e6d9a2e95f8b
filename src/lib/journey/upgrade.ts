/** Brings documents of older formats to the present one, a format at a time. */

/** From one format to the next. `change` gets a document whose `format` is `from`, and answers without one. */
export interface Upgrade {
	from: string;
	to: string;
	change(document: Record<string, unknown>): Record<string, unknown>;
}

/** `stepwell.journey/1` is the first format, so there is nothing to bring up yet. A format is never left out here. */
const upgrades: readonly Upgrade[] = [];

/**
 * The document in the present format. What is of an unknown format, or is no document, comes back as it is: the parser
 * says what is wrong with it. Never throws.
 */
export function upgrade(input: unknown, steps: readonly Upgrade[] = upgrades): unknown {
	let document = input;
	// A chain is as long as the list at most, so that a circle in it ends too.
	for (let count = 0; count < steps.length; count++) {
		const step = nextStep(document, steps);
		if (!step) return document;
		document = changed(document as Record<string, unknown>, step);
	}
	return document;
}

function nextStep(document: unknown, steps: readonly Upgrade[]): Upgrade | undefined {
	if (typeof document !== 'object' || document === null || Array.isArray(document)) return undefined;
	const { format } = document as { format?: unknown };
	return steps.find((step) => step.from === format);
}

function changed(document: Record<string, unknown>, step: Upgrade): unknown {
	try {
		return { ...step.change(document), format: step.to };
	} catch {
		// It says that it is of the older format and is not shaped so; the parser reports it as it came.
		return { ...document, format: step.to };
	}
}

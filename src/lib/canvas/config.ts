/** Reads one value out of a step's config, which may hold anything while it is drawn. */

export function textOf(config: Record<string, unknown>, key: string): string {
	const value = config[key];
	return typeof value === 'string' ? value : '';
}

export function flagOf(config: Record<string, unknown>, key: string): boolean {
	return config[key] === true;
}

/** An empty text as "not set", which takes the key out of the config. */
export function orUnset(text: string): string | undefined {
	return text.trim() === '' ? undefined : text.trim();
}

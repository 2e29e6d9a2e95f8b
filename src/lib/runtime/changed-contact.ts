/** A contact's attributes after a step set some; null takes one away. */
export function applyChange(
	attributes: Record<string, unknown>,
	set: Record<string, unknown>
): Record<string, unknown> {
	return Object.fromEntries(Object.entries({ ...attributes, ...set }).filter(([, value]) => value !== null));
}

/** How an input inside a Field learns its id and the texts that describe it. */
import { getContext, setContext } from 'svelte';

export interface FieldContext {
	readonly id: string;
	readonly describedBy: string | undefined;
	readonly invalid: boolean;
}

const key = Symbol('field');

export function provideField(field: FieldContext): void {
	setContext(key, field);
}

/** The Field around this input; undefined for an input that stands alone. */
export function findField(): FieldContext | undefined {
	return getContext<FieldContext | undefined>(key);
}

export const inputLook = [
	'w-full rounded-lg border border-line bg-surface px-3 text-sm text-ink placeholder:text-ink-faint',
	'transition-colors duration-150 hover:border-line-strong focus:border-accent',
	'disabled:cursor-not-allowed disabled:bg-sunken disabled:text-ink-faint',
	'aria-invalid:border-loss'
].join(' ');

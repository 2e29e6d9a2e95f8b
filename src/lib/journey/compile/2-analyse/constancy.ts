/** Conditions that decide nothing: they hold for everyone, or for no one. */
import type { Where } from '../../document.ts';
import type { AttributeType } from '../../world.ts';
import { contradicts } from './contradiction.ts';
import { formsOf, type Form, type Vocabulary } from './forms.ts';

type Constancy = 'always' | 'never' | 'sometimes';

/** Whether a condition can go either way. "Sometimes" promises nothing; the other two are proven. */
export function constancyOf(
	where: Where,
	types: ReadonlyMap<string, AttributeType>,
	segments?: Vocabulary['segments']
): Constancy {
	const words = { types, segments };
	return constancyIn([], formsOf(where, true, words), formsOf(where, false, words));
}

/** The same, where more is known: `yes` is what holds with the condition, `no` what holds without it. */
export function constancyIn(known: readonly Form[], yes: readonly Form[], no: readonly Form[]): Constancy {
	if (contradicts([...known, ...yes])) return 'never';
	return contradicts([...known, ...no]) ? 'always' : 'sometimes';
}

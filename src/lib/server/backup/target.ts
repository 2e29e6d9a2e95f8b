/** Where something new is to be written. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { StartError } from '../db/start-error.ts';

/** Throws a StartError when there is something at `target` already, or no folder to put it into (a disk that is not mounted). */
export function requireFree(target: string): void {
	if (existsSync(target))
		throw new StartError(`${target} is already there. Name a new one: nothing is ever replaced.`);
	if (!existsSync(dirname(target))) throw new StartError(`There is no folder ${dirname(target)}.`);
}

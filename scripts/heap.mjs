// How much garbage a process may keep. Plain JavaScript, as scripts/run.mjs is.

// What a worker or sender works with is 60 MB, and its garbage grew to four times that before Node looked: 410 MB resident
// while a million people were moved, 180 MB with these, as fast.
const LEAN = ['--max-semi-space-size=8', '--max-old-space-size=384'];

/**
 * The flags of Node for `npm start` with these arguments. Whoever sets a heap of their own has it.
 *
 * @param {string[]} args
 * @param {Record<string, string | undefined>} env
 * @returns {string[]}
 */
export function heapFlags(args, env) {
	const asked = /--role[ =](\w+)/.exec(args.join(' '));
	const role = (asked && asked[1]) || env.STEPWELL_ROLE;
	const isLean = role === 'worker' || role === 'sender';
	return isLean && !/--max-(old|semi)-space/.test(env.NODE_OPTIONS || '') ? LEAN : [];
}

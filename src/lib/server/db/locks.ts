/**
 * PostgreSQL's advisory locks have one space of numbers for a whole database: all of ours, so that no two mean the same. A
 * number that is in use never changes its meaning, since processes of two versions run side by side during an upgrade.
 */
export const locks = {
	/** One migrates. */
	migration: 7_245_001,
	/** One routes events. */
	route: 7_245_002,
	/** One process takes a slot. */
	slot: 7_245_003,
	/** One becomes the first owner. */
	owner: 7_245_004,
	/** One changes who is in the team, and as what. */
	members: 7_245_005,
	/** One appends to the audit log. */
	audit: 7_245_010,
	/** One makes a checkpoint of the audit log. */
	checkpoint: 7_245_011,
	/** One makes a data key. */
	dataKey: 7_245_012,
	/** One has given-up jobs done again. */
	jobRetry: 7_245_020
} as const;

/** Codes for who lost their factors: ten, each good once, kept as hashes. */
import type { Db } from '../db/db.ts';
import { hashSecret, randomSigns } from './secret-token.ts';

export const RECOVERY_CODES = 10;
/** 80 random bits each, in groups that can be copied by hand. */
const GROUPS = 4;

/** Makes ten new ones; those of before open nothing any more. What is given is nowhere else. */
export async function makeRecoveryCodes(db: Db, userId: number, now: number): Promise<string[]> {
	const codes = Array.from({ length: RECOVERY_CODES }, () =>
		Array.from({ length: GROUPS }, () => randomSigns(4)).join('-')
	);
	await db.query('delete from recovery_codes where user_id = $1', [userId]);
	await db.query(
		'insert into recovery_codes (user_id, code_hash, created_at) select $1, unnest($2::bytea[]), $3',
		[userId, codes.map((code) => hashSecret(signsOf(code))), new Date(now)]
	);
	return codes;
}

/** Takes a code, which is gone with it. False for a wrong one. */
export async function useRecoveryCode(db: Db, userId: number, code: string): Promise<boolean> {
	const { rowCount } = await db.query('delete from recovery_codes where user_id = $1 and code_hash = $2', [
		userId,
		hashSecret(signsOf(code))
	]);
	return rowCount === 1;
}

/** However it was typed: capitals, and blanks or nothing between the groups. */
function signsOf(code: string): string {
	return code.toLowerCase().replace(/[^a-z0-9]/g, '');
}

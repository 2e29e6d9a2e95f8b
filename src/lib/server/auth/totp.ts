/**
 * Codes of an authenticator app (RFC 6238): SHA-1, six digits, 30 seconds, which is what every such app can. A code is good a step
 * before and after its own, and once: the newest step taken is kept, and no code of it or of one before is taken again.
 */
import { Secret, TOTP } from 'otpauth';
import { encode } from 'uqr';
import type { Db } from '../db/db.ts';
import { openSealed, seal } from '../mail/seal.ts';

const STEP_S = 30;
const WINDOW = 1;

export interface NewTotp {
	/** The key as text, for whoever can't scan. */
	key: string;
	/** The QR code's dark squares as the path of an SVG, and its width. */
	qr: { path: string; size: number };
}

/**
 * Makes a key that counts for nothing until a first code of it comes back; one that was made before and never confirmed goes.
 * Undefined where an authenticator app is set up already.
 */
export async function beginTotp(
	db: Db,
	secret: Buffer,
	user: { id: number; email: string },
	now: number
): Promise<NewTotp | undefined> {
	const key = new Secret({ size: 20 });
	const { rowCount } = await db.query(
		`insert into totp (user_id, sealed, created_at) values ($1, $2, $3)
		on conflict (user_id) do update set sealed = excluded.sealed, created_at = excluded.created_at, last_step = 0
			where totp.confirmed_at is null`,
		[user.id, seal(secret, key.base32, 'factors'), new Date(now)]
	);
	if (rowCount !== 1) return undefined;
	const address = new TOTP({ issuer: 'Stepwell', label: user.email, secret: key }).toString();
	return { key: key.base32, qr: squaresOf(address) };
}

/** Takes the first code, from which on the app is a factor. False for a wrong code, or where nothing was begun. */
export async function confirmTotp(
	db: Db,
	secret: Buffer,
	userId: number,
	code: string,
	now: number
): Promise<boolean> {
	const step = await stepOf(db, secret, userId, code, now, false);
	if (step === undefined) return false;
	const { rowCount } = await db.query(
		'update totp set confirmed_at = $3, last_step = $2 where user_id = $1 and confirmed_at is null',
		[userId, step, new Date(now)]
	);
	return rowCount === 1;
}

/** Takes a code. False for a wrong one, one that was taken, and one older than any that was. */
export async function useTotp(
	db: Db,
	secret: Buffer,
	userId: number,
	code: string,
	now: number
): Promise<boolean> {
	const step = await stepOf(db, secret, userId, code, now, true);
	if (step === undefined) return false;
	// The row's lock decides between two that bring the same code at once.
	const { rowCount } = await db.query(
		'update totp set last_step = $2 where user_id = $1 and last_step < $2 and confirmed_at is not null',
		[userId, step]
	);
	return rowCount === 1;
}

/** The step of 30 seconds whose code this is, in the window around now. */
async function stepOf(
	db: Db,
	secret: Buffer,
	userId: number,
	code: string,
	now: number,
	confirmed: boolean
): Promise<number | undefined> {
	const { rows } = await db.query<{ sealed: string }>(
		'select sealed from totp where user_id = $1 and (confirmed_at is not null) = $2',
		[userId, confirmed]
	);
	const token = code.replace(/\s/g, '');
	if (!rows[0] || !/^\d{6}$/.test(token)) return undefined;
	const key = Secret.fromBase32(openSealed(secret, rows[0].sealed, 'factors'));
	const away = TOTP.validate({ token, secret: key, timestamp: now, window: WINDOW });
	return away === null ? undefined : TOTP.counter({ period: STEP_S, timestamp: now }) + away;
}

function squaresOf(text: string): NewTotp['qr'] {
	const { data, size } = encode(text, { ecc: 'M', border: 2 });
	const squares = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : [])));
	return { path: squares.join(''), size };
}

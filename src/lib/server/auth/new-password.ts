/**
 * What may not become a password though it is long enough: what is known from breaches, and what anybody would guess of this person
 * or product (NIST 800-63B). The list is on the disk: no password, nor any part of one, is asked about elsewhere.
 */

/** Who the password is for. */
export interface PasswordOwner {
	name: string;
	email: string;
}

const LEAKED =
	'This password is known from breaches of other sites. Choose another one; a few words in a row are good.';
const GUESSED =
	'Leave out your name, your address and the word Stepwell: they are the first that anybody tries.';
const ROW = 'Signs in their usual order are easy to guess. A few words in a row are better.';

/** Shorter ones of the list are parts of good passwords too. */
const SHORTEST_KNOWN = 6;
/** So much must be left of a password without what anybody knows of the person. */
const LEAST_OWN = 4;

let leaked: Promise<ReadonlySet<string>> | undefined;

/** What is wrong with a new password, in a sentence for the person; null when nothing is. */
export async function checkNewPassword(password: string, owner: PasswordOwner): Promise<string | null> {
	const plain = password.normalize('NFKC').toLowerCase();
	leaked ??= loadLeaked();
	const known = await leaked;
	if (coresOf(plain).some((core) => known.has(core))) return LEAKED;
	if (isRow(plain)) return ROW;
	return isOfOwner(plain, owner) ? GUESSED : null;
}

/** 49,000 of the most used, about 4 MB in memory: read when the first password is chosen. */
async function loadLeaked(): Promise<ReadonlySet<string>> {
	const { dictionary } = await import('@zxcvbn-ts/language-common');
	return new Set(dictionary['passwords-common'].filter((word) => word.length >= SHORTEST_KNOWN));
}

/** The password itself, and what is left without the digits and signs around it, and without saying it twice. */
function coresOf(plain: string): string[] {
	const word = plain.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
	return [plain, word].flatMap((text) => [text, unitOf(text)]);
}

/** `abab` is `ab` said twice. */
function unitOf(text: string): string {
	const at = `${text}${text}`.indexOf(text, 1);
	return at > 0 ? text.slice(0, at) : text;
}

/** `abcdefghijkl`, `210987654321`, `aaaaaaaaaaaa`. */
function isRow(plain: string): boolean {
	const codes = [...unitOf(plain)].map((sign) => sign.codePointAt(0) ?? 0);
	const steps = new Set(codes.slice(1).map((code, i) => (code - (codes[i] ?? 0) + 10) % 10));
	return steps.size === 0 || (steps.size === 1 && [0, 1, 9].some((step) => steps.has(step)));
}

function isOfOwner(plain: string, { name, email }: PasswordOwner): boolean {
	const [local = '', domain = ''] = email.toLowerCase().split('@');
	const words = [name, local, domain, 'stepwell']
		.flatMap((text) =>
			text
				.normalize('NFKC')
				.toLowerCase()
				.split(/[^\p{L}]+/u)
		)
		.filter((word) => word.length >= 3)
		.toSorted((a, b) => b.length - a.length);
	const letters = plain.replace(/[^\p{L}]/gu, '');
	const own = words.reduce((rest, word) => rest.replaceAll(word, ''), letters);
	return own.length < LEAST_OWN && own.length < letters.length;
}

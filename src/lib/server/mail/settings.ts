/** Which mail server mail goes out through. None set: test mode, and the catcher keeps every mail. */
import { createTransport } from 'nodemailer';
import { z } from 'zod';
import type { Db } from '../db/db.ts';
import { openSealed, seal } from './seal.ts';

const oneLine = (most: number) =>
	z
		.string()
		.trim()
		.max(most)
		.refine((text) => !/\p{Cc}/u.test(text), 'This is one line.');

/** A bare address: what nodemailer would read as two addresses, or as a name, is none. */
export const emailAddress = oneLine(254).regex(
	/^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/,
	'Write one address, such as care@clinic.example.'
);

export const mailSettingsSchema = z.strictObject({
	host: oneLine(253).regex(/^[A-Za-z0-9.:_-]+$/, 'Write the server’s name, such as smtp.clinic.example.'),
	port: z.number().int().min(1).max(65_535),
	/** 'tls' from the first byte (port 465), 'starttls' required (port 587), 'auto' uses STARTTLS where the server has it. */
	security: z.enum(['tls', 'starttls', 'auto']),
	user: oneLine(320).optional(),
	/** Left out, the password saved before stays. */
	password: z.string().max(1000).optional(),
	fromName: oneLine(120).optional(),
	fromAddress: emailAddress,
	replyTo: emailAddress.optional()
});
export type MailSettingsInput = z.infer<typeof mailSettingsSchema>;

/** The settings as they may be shown: everything but the password. */
export type MailSettings = Omit<MailSettingsInput, 'password'> & { hasPassword: boolean };

const storedSchema = mailSettingsSchema
	.omit({ password: true })
	.extend({ sealedPassword: z.string().nullable() });
type Stored = z.infer<typeof storedSchema>;

/** What seals the password, and where it is kept. */
export interface MailSettingsStore {
	secret: Buffer;
	pool: Db;
}

async function findStored(db: Db): Promise<Stored | undefined> {
	const found = await db.query<{ value: unknown }>(`select value from settings where key = 'mail'`);
	return found.rows[0] ? storedSchema.parse(found.rows[0].value) : undefined;
}

/** The mail server's settings, without the password; undefined in test mode. */
export async function findMailSettings(db: Db): Promise<MailSettings | undefined> {
	const stored = await findStored(db);
	if (!stored) return undefined;
	const { sealedPassword, ...shown } = stored;
	return { ...shown, hasPassword: sealedPassword !== null };
}

/** With the password, for the one who connects. */
export async function findMailServer(app: MailSettingsStore): Promise<MailSettingsInput | undefined> {
	const stored = await findStored(app.pool);
	if (!stored) return undefined;
	const { sealedPassword, ...rest } = stored;
	return sealedPassword === null ? rest : { ...rest, password: openSealed(app.secret, sealedPassword) };
}

/** Saves the settings, the password sealed. Mail leaves from the next one on. A transaction's client may stand for the pool. */
export async function saveMailSettings(app: MailSettingsStore, input: MailSettingsInput): Promise<void> {
	const { password, ...rest } = mailSettingsSchema.parse(input);
	const before = password === undefined ? await findStored(app.pool) : undefined;
	// A saved password is for one server and one account; another server must not be sent it.
	const keeps = before?.host === rest.host && before.user === rest.user;
	const stored: Stored = {
		...rest,
		sealedPassword: password ? seal(app.secret, password) : keeps ? before.sealedPassword : null
	};
	await app.pool.query(
		`insert into settings (key, value) values ('mail', $1) on conflict (key) do update set value = excluded.value`,
		[stored]
	);
}

/** Back to test mode: nothing leaves any more. */
export async function removeMailSettings(db: Db): Promise<void> {
	await db.query(`delete from settings where key = 'mail'`);
}

export type MailCheck = { ok: true } | { ok: false; message: string };

const CHECK_MS = 10_000;

/** Connects and signs in, without sending anything. Where `input` has no password, the saved one is used. */
export async function verifyMailSettings(
	app: MailSettingsStore,
	input: MailSettingsInput
): Promise<MailCheck> {
	const saved = input.password === undefined ? await findMailServer(app) : undefined;
	const password =
		input.password ?? (saved?.host === input.host && saved.user === input.user ? saved.password : undefined);
	const transport = createTransport({
		...connectionOf({ ...input, password }),
		connectionTimeout: CHECK_MS,
		greetingTimeout: CHECK_MS
	});
	try {
		await transport.verify();
		return { ok: true };
	} catch (error) {
		return { ok: false, message: whyNot(error, input) };
	} finally {
		transport.close();
	}
}

/** Nodemailer's options for the server. */
export function connectionOf(server: MailSettingsInput) {
	return {
		host: server.host,
		port: server.port,
		secure: server.security === 'tls',
		requireTLS: server.security === 'starttls',
		...(server.user ? { auth: { user: server.user, pass: server.password ?? '' } } : {}),
		disableFileAccess: true,
		disableUrlAccess: true
	};
}

function whyNot(error: unknown, { host, port }: MailSettingsInput): string {
	const { code, responseCode, originalCode } = error as {
		code?: string;
		responseCode?: number;
		originalCode?: string;
	};
	const place = `${host}, port ${port},`;
	switch (code) {
		case 'EAUTH':
			return `${place} answers, and refuses the user name or password.`;
		case 'EDNS':
			return `There is no server called ${host}. Check the name.`;
		case 'ETIMEDOUT':
			return `${place} does not answer within ${CHECK_MS / 1000} seconds. Check the port, and that a firewall lets mail out.`;
		case 'ETLS':
			return `${place} answers without the encryption asked for. Check the port and the security.`;
		case 'ESOCKET':
		case 'ECONNECTION':
			if (originalCode === 'ECONNREFUSED') return `Nothing listens at ${host}, port ${port}. Check the port.`;
			if (originalCode === 'ENOTFOUND') return `There is no server called ${host}. Check the name.`;
			return `The connection to ${place} fails: it may use another kind of security, or a certificate that is not valid.`;
		default:
			return `${place} refuses${responseCode ? ` with code ${responseCode}` : ''}.`;
	}
}

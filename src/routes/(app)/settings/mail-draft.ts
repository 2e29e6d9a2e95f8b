/** The mail server's form, and what it sends. */
import type { AppRouter } from '$lib/server/api/router.ts';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';

export type MailInput = inferRouterInputs<AppRouter>['settings']['saveMail'];
export type ShownMail = NonNullable<inferRouterOutputs<AppRouter>['settings']['get']['mail']>;
export type Security = MailInput['security'];

export interface MailDraft {
	host: string;
	port: number | null;
	security: Security;
	user: string;
	password: string;
	fromName: string;
	fromAddress: string;
	replyTo: string;
}

const usualPort: Record<Security, number> = { tls: 465, starttls: 587, auto: 25 };

export function draftOf(mail: ShownMail | null): MailDraft {
	return {
		host: mail?.host ?? '',
		port: mail?.port ?? usualPort.starttls,
		security: mail?.security ?? 'starttls',
		user: mail?.user ?? '',
		password: '',
		fromName: mail?.fromName ?? '',
		fromAddress: mail?.fromAddress ?? '',
		replyTo: mail?.replyTo ?? ''
	};
}

/** Empty fields are left out: an empty password means the one saved before. */
export function inputOf(draft: MailDraft): MailInput {
	const { host, port, security, fromAddress } = draft;
	return {
		host,
		port: port ?? 0,
		security,
		fromAddress,
		...(draft.user && { user: draft.user }),
		...(draft.password && { password: draft.password }),
		...(draft.fromName && { fromName: draft.fromName }),
		...(draft.replyTo && { replyTo: draft.replyTo })
	};
}

/** The usual port for a kind of encryption, unless somebody chose a port of their own. */
export function portFor(security: Security, port: number | null): number {
	const isUsual = port === null || Object.values(usualPort).includes(port);
	return isUsual ? usualPort[security] : port;
}

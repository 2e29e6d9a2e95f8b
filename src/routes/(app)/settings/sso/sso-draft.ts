/** The form of a connection to an identity provider, and what it sends. */
import type { AppRouter } from '$lib/server/api/router.ts';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';

export type ConnectionInput = inferRouterInputs<AppRouter>['sso']['create'];
export type Connection = inferRouterOutputs<AppRouter>['sso']['list'][number];
export type Role = Connection['config']['groups'][number]['role'];

/** What the choice of a role says where it says that nobody of the rest comes in. */
const NOBODY = 'nobody';

export type RoleOption = { value: Role; label: string };

/** The choices for whoever is in no group. */
export function restOptions(roles: readonly RoleOption[]): { value: Role | typeof NOBODY; label: string }[] {
	return [{ value: NOBODY, label: 'Refuse them' }, ...roles];
}

export interface ConnectionDraft {
	kind: Connection['kind'];
	name: string;
	domains: string;
	enforced: boolean;
	enabled: boolean;
	groups: { group: string; role: Role }[];
	rest: Role | typeof NOBODY;
	oidc: {
		issuer: string;
		clientId: string;
		secret: string;
		scopes: string;
		groupsClaim: string;
		trustsAddresses: boolean;
	};
	saml: {
		entityId: string;
		entryPoint: string;
		certificates: string;
		emailAttribute: string;
		groupsAttribute: string;
	};
}

/** The form for a connection, or for one that will be. */
export function draftOf(connection: Connection | null): ConnectionDraft {
	const oidc = connection?.kind === 'oidc' ? connection.config : null;
	const saml = connection?.kind === 'saml' ? connection.config : null;
	return {
		kind: connection?.kind ?? 'oidc',
		name: connection?.name ?? '',
		domains: connection?.domains.join(', ') ?? '',
		enforced: connection?.enforced ?? false,
		enabled: connection?.enabled ?? true,
		groups: connection?.config.groups.map((row) => ({ ...row })) ?? [],
		rest: connection?.config.defaultRole ?? NOBODY,
		oidc: {
			issuer: oidc?.issuer ?? '',
			clientId: oidc?.clientId ?? '',
			secret: '',
			scopes: oidc?.scopes ?? 'email profile',
			groupsClaim: oidc?.groupsClaim ?? 'groups',
			trustsAddresses: oidc?.trustsAddresses ?? false
		},
		saml: {
			entityId: saml?.entityId ?? '',
			entryPoint: saml?.entryPoint ?? '',
			certificates: saml?.certificates.join('\n') ?? '',
			emailAttribute: saml?.emailAttribute ?? '',
			groupsAttribute: saml?.groupsAttribute ?? ''
		}
	};
}

/** What is sent. An empty secret means the one saved before. */
export function inputOf(draft: ConnectionDraft): ConnectionInput {
	const { name, enforced, enabled, groups, rest } = draft;
	const about = { name, enforced, enabled, domains: draft.domains.split(/[\s,;]+/).filter(Boolean) };
	const giving = { groups, defaultRole: rest === NOBODY ? null : rest };
	if (draft.kind === 'oidc') {
		const { secret, ...oidc } = draft.oidc;
		return { ...about, kind: 'oidc', secret: secret || null, config: { ...giving, ...oidc } };
	}
	const { certificates, ...saml } = draft.saml;
	return {
		...about,
		kind: 'saml',
		config: { ...giving, ...saml, certificates: certificatesIn(certificates) }
	};
}

/** Every certificate that was pasted: several in PEM, or one that is bare base64. */
function certificatesIn(text: string): string[] {
	const several = text.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g);
	if (several) return several;
	return text.trim() ? [text.trim()] : [];
}

/** The field of the form that a path of the input means; null for none. */
export function fieldAt(path: string | undefined): string | null {
	const parts = (path ?? '')
		.split('/')
		.filter((part) => part !== '' && part !== 'connection' && part !== 'config');
	return parts[0] ?? null;
}

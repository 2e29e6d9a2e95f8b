import { z } from 'zod';
import { oidcConfig, samlConfig, type ConnectionInput } from '../../auth/sso/config.ts';

const about = {
	id: z.number().int(),
	name: z.string(),
	domains: z.array(z.string()),
	enforced: z.boolean(),
	enabled: z.boolean()
};

/** A connection as its administrators see it: without its secret. */
export const connectionSchema = z.discriminatedUnion('kind', [
	z.object({
		...about,
		kind: z.literal('oidc'),
		config: oidcConfig,
		hasSecret: z.boolean(),
		/** What the provider has to know. */
		callback: z.string()
	}),
	z.object({
		...about,
		kind: z.literal('saml'),
		config: samlConfig,
		acs: z.string(),
		entityId: z.string()
	})
]);

export const idSchema = z.int().min(1).max(2_147_483_647);

/** What of a connection goes into the log: where it leads and whom it vouches for. */
export function detailsOf({ kind, domains, enforced, enabled, config }: ConnectionInput) {
	const provider = 'issuer' in config ? config.issuer : config.entityId;
	return { kind, provider: provider.slice(0, 200), domains, enforced, enabled };
}

import { z } from 'zod';
import { listConnections } from '../../auth/sso/connections.ts';
import { OIDC_CALLBACK } from '../../auth/sso/oidc.ts';
import { entityIdOf, SAML_ACS } from '../../auth/sso/saml.ts';
import { procedure } from '../trpc.ts';
import { connectionSchema } from './connection-schema.ts';

/** Every connection to an identity provider, and what the provider has to know of us. */
export const list = procedure('members.manage')
	.output(z.array(connectionSchema))
	.query(async ({ ctx: { app } }) => {
		const connections = await listConnections(app.pool);
		return connections.map((each) =>
			each.kind === 'oidc'
				? { ...each, hasSecret: each.sealedSecret !== null, callback: app.publicUrl + OIDC_CALLBACK }
				: { ...each, acs: app.publicUrl + SAML_ACS, entityId: entityIdOf(app, each.id) }
		);
	});

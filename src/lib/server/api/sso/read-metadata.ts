import { z } from 'zod';
import { readMetadata as read } from '../../auth/sso/saml-metadata.ts';
import { procedure } from '../trpc.ts';

/** What a provider's metadata says, so that nobody has to copy certificates by hand. Saves nothing. */
export const readMetadata = procedure('members.manage')
	.input(z.object({ xml: z.string().max(200_000, 'This file is too large.') }))
	.output(z.object({ entityId: z.string(), entryPoint: z.string(), certificates: z.array(z.string()) }))
	.query(({ input: { xml } }) => read(xml));

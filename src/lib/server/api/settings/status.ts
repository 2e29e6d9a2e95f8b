import { z } from 'zod';
import { findMailSettings } from '../../mail/settings.ts';
import { procedure } from '../trpc.ts';
import packageJson from '../../../../../package.json' with { type: 'json' };
import { getWorkspace } from './workspace.ts';

/** What the frame of every page shows. */
export const status = procedure('workspace.read')
	.output(
		z.object({
			/** No mail server is set: every mail is caught. */
			testMode: z.boolean(),
			workspaceName: z.string(),
			/** Served without encryption, which only this machine may be. */
			plainHttp: z.boolean(),
			version: z.string()
		})
	)
	.query(async ({ ctx: { app } }) => ({
		testMode: (await findMailSettings(app.pool)) === undefined,
		workspaceName: (await getWorkspace(app.pool)).name,
		plainHttp: app.publicUrl.startsWith('http:'),
		version: packageJson.version
	}));

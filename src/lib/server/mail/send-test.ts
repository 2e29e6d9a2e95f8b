/** A test of a message to the one who wrote it. */
import type { App } from '../app.ts';
import { ApiError } from '../api/errors.ts';
import type { TemplateContent } from './blocks.ts';
import { previewMail, type PreviewAs } from './preview.ts';
import { loadSender } from './sender.ts';
import { openTransport } from './transport.ts';

/** Sends `content` to the user's own address. Its links lead straight on, nothing is counted. */
export async function sendTest(app: App, userId: number, content: TemplateContent, as: PreviewAs) {
	const found = await app.pool.query<{ email: string; name: string }>(
		'select email, name from users where id = $1',
		[userId]
	);
	const user = found.rows[0];
	if (!user) throw new ApiError('auth.required', 'Sign in again.');
	const mail = await previewMail(app, content, as);
	const sender = await loadSender(app.pool);
	const transport = await openTransport(app);
	try {
		const { outcome, response } = await transport.send({
			...mail,
			subject: `[Test] ${mail.subject}`,
			messageId: null,
			to: { name: user.name, address: user.email },
			fromName: sender.name,
			security: 'auto'
		});
		return { sent: outcome === 'sent', to: user.email, testMode: transport.testMode, response };
	} finally {
		transport.close();
	}
}

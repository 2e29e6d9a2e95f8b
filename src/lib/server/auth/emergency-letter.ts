/** Tells whoever watches over privacy, by mail, that somebody opened emergency access. Why, and whom they see, stays in Stepwell. */
import { formatTime } from '../../text/format.ts';
import type { App } from '../app.ts';
import { recipientsOf } from '../mail/notifications.ts';
import { loadSender } from '../mail/sender.ts';
import { mailTeam } from '../mail/team-mail.ts';

/** One mail to each who wants it; where none takes them, their task says it still. */
export async function tellEmergency(app: App, { by, until }: { by: string; until: Date }): Promise<void> {
	const { timezone } = await loadSender(app.pool);
	for (const reader of await recipientsOf(app.pool, 'emergency')) {
		const { outcome, reason } = await mailTeam(app, reader, {
			subject: 'Somebody opened emergency access',
			lines: [
				`${by} opened emergency access and can see people until ${formatTime(until, timezone)}.`,
				'Whom they see and why is in Stepwell, and not in this mail. It waits in your tasks until somebody has looked at it.'
			],
			link: { label: 'Open your tasks', href: `${app.publicUrl}/tasks` },
			small: 'You can turn these mails off under your notifications, as long as somebody else gets them.'
		});
		if (outcome !== 'sent') app.log.error({ outcome, reason }, 'word of emergency access did not go out');
	}
}

/** Tells somebody by mail that a task was given to them: of which kind, and by when. What it is about stays in Stepwell. */
import { formatTime } from '../../text/format.ts';
import type { App } from '../app.ts';
import { recipientsOf } from '../mail/notifications.ts';
import { loadSender } from '../mail/sender.ts';
import { mailTeam } from '../mail/team-mail.ts';
import type { TaskKindName } from './kind.ts';

const kindWords: Record<TaskKindName, string> = {
	emergency: 'emergency access that somebody had',
	approval: 'a question that a journey asks',
	'failed-enrollment': 'somebody whose journey was stopped by an error',
	'unknown-message': 'a message of which nobody knows whether it was sent',
	'quarantined-attribute': 'an attribute that nobody has defined'
};

/** Nothing to somebody who doesn't want it, and none where no mail server takes it: the task waits in Stepwell either way. */
export async function tellAssignee(
	app: App,
	{ kind, to, by, dueAt }: { kind: TaskKindName; to: number; by: string; dueAt: Date | null }
): Promise<void> {
	const reader = (await recipientsOf(app.pool, 'task')).find(({ id }) => id === to);
	if (!reader) return;
	const until = dueAt && formatTime(dueAt, (await loadSender(app.pool)).timezone);
	const { outcome, reason } = await mailTeam(app, reader, {
		subject: 'A task for you',
		lines: [
			`${by} gave you a task: ${kindWords[kind]}.`,
			...(until ? [`It should be done by ${until}.`] : []),
			'What it is about may be somebody’s health, so it is not in this mail.'
		],
		link: { label: 'Open your tasks', href: `${app.publicUrl}/tasks?show=mine` },
		small: 'You can turn these mails off under your notifications.'
	});
	if (outcome !== 'sent') app.log.error({ outcome, reason }, 'word of a task did not go out');
}

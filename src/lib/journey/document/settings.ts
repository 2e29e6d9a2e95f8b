/** The settings of a journey (§2). */
import * as z from 'zod/mini';
import { count, days, duration, maxVisits, time, timezone } from './values.ts';
import { known, said } from './words.ts';
import { goal, where } from './where.ts';

export const quietHours = z
	.strictObject({
		from: said(time, 'From', 'When they begin, in the contact’s time zone.'),
		to: said(time, 'To', 'When they end; before “from” means on the next day.'),
		days: said(z.optional(days), 'Days', 'The days on which they begin.', { default: [1, 2, 3, 4, 5, 6, 7] }),
		collision: said(
			z.optional(z.enum(['wait', 'skip'])),
			'A message then',
			'Whether it waits until they end, or is not sent and counts as blocked.',
			{ options: { wait: 'waits until they end', skip: 'is not sent' }, default: 'wait' }
		)
	})
	.check(
		z.refine((hours) => hours.from !== hours.to, {
			error: 'quiet hours that end when they start hold nothing',
			path: ['to']
		})
	);
export type QuietHours = z.infer<typeof quietHours>;

const frequencyCap = z.strictObject({
	messages: said(count, 'Marketing messages', 'How many of them one contact gets at most.'),
	per: said(duration, 'In', 'In any such time, of all journeys together.')
});
export type FrequencyCap = z.infer<typeof frequencyCap>;

const reentry = known(
	z
		.strictObject({
			when: said(
				z.enum(['never', 'afterExit', 'always']),
				'Again',
				'Whether who was inside may enter again.',
				{
					options: { never: 'never', afterExit: 'after they have left', always: 'always, also while inside' }
				}
			),
			wait: said(z.optional(duration), 'After', 'How long after the exit they may enter again.')
		})
		.check(
			z.refine((rule) => rule.wait === undefined || rule.when === 'afterExit', {
				error: 'a wait belongs to re-entry after the exit',
				path: ['wait']
			})
		),
	{
		json: {
			if: { required: ['wait'] },
			then: { properties: { when: { const: 'afterExit' } } }
		}
	}
);

export const settingsSchema = z.strictObject({
	timezone: said(
		z.optional(timezone),
		'Time zone',
		'The clock for contacts without a zone of their own; without it, the workspace’s.'
	),
	reentry: said(z.optional(reentry), 'Entering again', 'Who may enter more than once.', {
		default: { when: 'never' }
	}),
	exitWhen: said(
		z.optional(where),
		'Leave when',
		'Who comes to fulfil this leaves, wherever they are; looked at on each event and before each message.'
	),
	goal: said(
		z.optional(goal),
		'Goal',
		'Who reaches this leaves as converted, and the last message before it gets the credit.'
	),
	quietHours: said(z.optional(quietHours), 'Quiet hours', 'When no message goes out.'),
	frequencyCap: said(
		z.optional(frequencyCap),
		'Frequency cap',
		'The most marketing one contact gets in a time.'
	),
	maxVisits: said(
		z.optional(maxVisits),
		'Most visits of a step',
		'How often one passage may come to the same step.',
		{ default: 1 }
	)
});
export type Settings = z.infer<typeof settingsSchema>;

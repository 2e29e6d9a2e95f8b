/** Permissions as people read them, in the order of the page that says who can do what. */
import type { Permission } from './permissions.ts';

export const permissionGroups = ['Journeys', 'People', 'The team', 'Running Stepwell'] as const;

export interface PermissionWords {
	group: (typeof permissionGroups)[number];
	/** A sentence after "can". */
	does: string;
	/** What it does not mean, or what else has to hold. */
	note?: string;
}

export const permissionWords: Record<Permission, PermissionWords> = {
	'journeys.read': { group: 'Journeys', does: 'See journeys and messages' },
	'journeys.edit': { group: 'Journeys', does: 'Draw journeys, and rehearse them' },
	'journeys.publish': { group: 'Journeys', does: 'Publish, pause, resume and archive journeys' },
	'templates.edit': { group: 'Journeys', does: 'Write messages' },
	'reports.read': {
		group: 'Journeys',
		does: 'Read reports',
		note: 'Numbers; names only to whom they are open.'
	},
	'tasks.read': {
		group: 'Journeys',
		does: 'Do tasks that are theirs',
		note: 'Each task says who may do it.'
	},
	'mail.read': { group: 'Journeys', does: 'Read mail that was caught in test mode' },
	'contacts.read': { group: 'People', does: 'Find people, with names covered' },
	'contacts.identify': { group: 'People', does: 'See names and addresses' },
	'contacts.show': {
		group: 'People',
		does: 'Uncover somebody’s health information',
		note: 'One person at a time, for a reason that is recorded.'
	},
	'contacts.show-sensitive': {
		group: 'People',
		does: 'Uncover what further laws protect',
		note: 'Such as treatment for substance use.'
	},
	'contacts.edit': { group: 'People', does: 'Add and correct people, and let them into journeys' },
	'contacts.export': { group: 'People', does: 'Hand somebody everything that is known of them' },
	'contacts.erase': { group: 'People', does: 'Delete somebody for good' },
	'contacts.restrict': { group: 'People', does: 'Keep restrictions, legal holds and disclosures' },
	'attributes.manage': { group: 'People', does: 'Say which attributes are about health' },
	'emergency.begin': {
		group: 'People',
		does: 'Open emergency access for themselves',
		note: 'For a reason, for an hour; owners and privacy officers are told.'
	},
	'emergency.review': { group: 'People', does: 'Look at what emergency access was used for' },
	'members.read': { group: 'The team', does: 'See who is in the team' },
	'members.manage': { group: 'The team', does: 'Invite, change roles and deactivate' },
	'access.manage': { group: 'The team', does: 'Say how people sign in' },
	'account.manage': { group: 'The team', does: 'Look after their own account' },
	'audit.read': { group: 'Running Stepwell', does: 'Read the audit log, and take it out' },
	'settings.manage': { group: 'Running Stepwell', does: 'Change settings, such as the mail server' },
	'keys.manage': { group: 'Running Stepwell', does: 'Make and revoke API keys' },
	'keys.rotate': { group: 'Running Stepwell', does: 'Change the keys that seal people' },
	'events.send': {
		group: 'Running Stepwell',
		does: 'Send events, and start journeys by an API call',
		note: 'The one thing that an API key can do.'
	},
	'operations.read': {
		group: 'Running Stepwell',
		does: 'See how the work stands, and what failed',
		note: 'Nobody’s health, and no names.'
	},
	'operations.retry': { group: 'Running Stepwell', does: 'Try again what failed' },
	'workspace.read': { group: 'Running Stepwell', does: 'See the workspace’s name, and whether mail leaves' }
};

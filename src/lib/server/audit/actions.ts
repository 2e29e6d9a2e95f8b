/**
 * Every action in words. Codes are public and never change their meaning: the log keeps them for six years and more. `{}` stands
 * for what it was done to, `{version}` for a detail of that name.
 */

interface ActionWords {
	/** What a list of entries says after the name of who did it. */
	did: string;
	/** The same where nothing is named that it was done to. */
	didAlone?: string;
	/** What the filter offers. */
	label: string;
}

const actions: Record<string, ActionWords> = {
	'api-key.create': { did: 'Created the API key {}', label: 'API key created' },
	'api-key.revoke': { did: 'Revoked the API key {}', label: 'API key revoked' },
	'approval.approved': { did: 'Approved what was asked about {}', label: 'Question approved' },
	'approval.declined': { did: 'Declined what was asked about {}', label: 'Question declined' },
	'archive.export': { did: 'Exported the whole workspace as an archive', label: 'Archive exported' },
	'archive.import': { did: 'Filled this workspace from an archive', label: 'Archive imported' },
	'aside.retry': { did: 'Tried what was set aside of {} again', label: 'Set aside, tried again' },
	'attribute.change': { did: 'Changed what the attribute {} is', label: 'Attribute changed' },
	'attribute.define': { did: 'Defined the attribute {}', label: 'Attribute defined' },
	'audit.export': { did: 'Exported the audit log', label: 'Audit log exported' },
	'audit.purge': { did: 'Let go of audit entries older than six years', label: 'Old audit entries let go' },
	'authenticator.add': { did: 'Set up an authenticator app', label: 'Authenticator app set up' },
	'authenticator.remove': { did: 'Removed the authenticator app', label: 'Authenticator app removed' },
	'backup.create': { did: 'Made a backup', label: 'Backup made' },
	'backup.restore': { did: 'Restored this workspace from a backup', label: 'Backup restored' },
	'consent.unsubscribe': { did: 'Was told that {} wants no marketing', label: 'Unsubscribed' },
	'contact.create': { did: 'Added {}', label: 'Person added' },
	'contact.enrol': { did: 'Let {} into the journey {journey} by hand', label: 'Person let into a journey' },
	'contact.erase': { did: 'Deleted {} for good', label: 'Person deleted' },
	'contact.export': { did: 'Exported what is known about {}', label: 'Person exported' },
	'contact.preview': {
		did: 'Saw a message as it would be for {}',
		label: 'Message previewed for a person'
	},
	'contact.read': { did: 'Saw {}', label: 'People seen' },
	'contact.purge': {
		did: 'Let go of what was still kept of {} after the deletion',
		label: 'Rest of a deleted person let go'
	},
	'contact.rights': { did: 'Saw what was agreed with {}', label: 'Agreements with a person seen' },
	'contact.update': { did: 'Changed {}', label: 'Person changed' },
	'contact.write': { did: 'Sent in what is new about {}', label: 'Person changed by a system' },
	'disclosure.read': { did: 'Saw to whom something about {} was told', label: 'Disclosures seen' },
	'disclosure.record': { did: 'Recorded that something about {} was told', label: 'Disclosure recorded' },
	'emergency.begin': { did: 'Opened emergency access for an hour', label: 'Emergency access opened' },
	'emergency.end': { did: 'Ended emergency access', label: 'Emergency access ended' },
	'emergency.review': {
		did: 'Looked at what emergency access was used for',
		label: 'Emergency access reviewed'
	},
	'enrollment.leave': { did: 'Left it at the failed journey of {}', label: 'Failed journey ended' },
	'enrollment.retry': { did: 'Tried the failed journey of {} again', label: 'Failed journey tried again' },
	'factor.refuse': { did: 'Refused what was shown as proof to be {}', label: 'Proof of who it is refused' },
	'hold.lift': { did: 'Lifted a legal hold on {}', label: 'Legal hold lifted' },
	'hold.place': { did: 'Placed a legal hold on {}', label: 'Legal hold placed' },
	'job.retry': { did: 'Had the given-up job {} done again', label: 'Given-up job done again' },
	'journey.archive': { did: 'Archived the journey {}', label: 'Journey archived' },
	'journey.break': {
		did: 'Paused the journey {}, as its sending went wrong',
		label: 'Journey paused by the breaker'
	},
	'journey.create': { did: 'Created the journey {}', label: 'Journey created' },
	'journey.edit': { did: 'Edited the draft of {}', label: 'Journey edited' },
	'journey.pause': { did: 'Paused the journey {}', label: 'Journey paused' },
	'journey.publish': { did: 'Published the journey {} as version {version}', label: 'Journey published' },
	'journey.resume': { did: 'Resumed the journey {}', label: 'Journey resumed' },
	'keys.remove-kek': { did: 'Destroyed an outer key that nothing needed', label: 'Outer key destroyed' },
	'keys.rotate-data': { did: 'Made a new data key', label: 'Data key rotated' },
	'keys.rotate-data-end': {
		did: 'Moved people’s keys to the new data key',
		label: 'Data key rotation finished'
	},
	'keys.rotate-kek': { did: 'Made a new outer key', label: 'Outer key rotated' },
	'mail.list': { did: 'Saw caught mails to {} in a list', label: 'List of caught mails seen' },
	'mail.read': { did: 'Read a caught mail to {}', didAlone: 'Read a caught mail', label: 'Caught mail read' },
	'member.deactivate': { did: 'Deactivated {}', label: 'Member deactivated' },
	'member.invite': { did: 'Invited somebody into the team', label: 'Member invited' },
	'member.join': { did: 'Accepted an invitation into the team', label: 'Invitation accepted' },
	'member.reactivate': { did: 'Reactivated {}', label: 'Member reactivated' },
	'member.revoke-invitation': { did: 'Revoked an invitation into the team', label: 'Invitation revoked' },
	'member.role': { did: 'Changed the role of {}', label: 'Role changed' },
	'message.again': { did: 'Had a message sent again to {}', label: 'Held message sent again' },
	'message.arrived': { did: 'Said that a held message reached {}', label: 'Held message had arrived' },
	'message.left': { did: 'Left a held message to {} unsent', label: 'Held message left unsent' },
	'note.read': { did: 'Read a note that a journey left about {}', label: 'Note read' },
	'notifications.save': {
		did: 'Changed what they are told of by mail',
		label: 'Notifications changed'
	},
	'password.forgot': { did: 'Mailed {} a link to set a new password', label: 'Password reset asked for' },
	'password.reset': { did: 'Set a new password by a mailed link', label: 'Password reset' },
	'passkey.add': { did: 'Added a passkey', label: 'Passkey added' },
	'passkey.remove': { did: 'Removed a passkey', label: 'Passkey removed' },
	'passkey.rename': { did: 'Gave a passkey another name', label: 'Passkey renamed' },
	'password.change': { did: 'Changed their password', label: 'Password changed' },
	'phi.show': { did: 'Uncovered health information of {}', label: 'Health information uncovered' },
	'recovery-code.use': { did: 'Used up a recovery code', label: 'Recovery code used' },
	'recovery-codes.make': { did: 'Made new recovery codes', label: 'Recovery codes made' },
	'sample.load': { did: 'Loaded the sample clinic', label: 'Sample clinic loaded' },
	'restriction.agree': { did: 'Agreed to a restriction that {} asked for', label: 'Restriction agreed to' },
	'restriction.end': { did: 'Ended a restriction of {}', label: 'Restriction ended' },
	'session.refuse': {
		did: 'Refused to sign in {}',
		didAlone: 'Refused to sign in somebody with an unknown address',
		label: 'Sign-in refused'
	},
	'session.password': { did: 'Gave the right password', label: 'Right password given' },
	'session.revoke': { did: 'Ended sessions of their own', label: 'Sessions ended' },
	'session.step-up': { did: 'Showed once more that it was them', label: 'Shown who it is once more' },
	'session.sign-in': { did: 'Signed in', label: 'Signed in' },
	'session.sign-out': { did: 'Signed out', label: 'Signed out' },
	'settings.access.save': { did: 'Changed how people sign in', label: 'Sign-in settings changed' },
	'settings.breaker.save': {
		did: 'Changed from when on journeys pause themselves',
		label: 'Breaker set'
	},
	'settings.mail.check': { did: 'Tried the connection to a mail server', label: 'Mail server tried' },
	'settings.mail.remove': { did: 'Removed the mail server: back to test mode', label: 'Mail server removed' },
	'settings.mail.save': { did: 'Set the mail server', label: 'Mail server set' },
	'settings.workspace.save': {
		did: 'Changed the settings of the workspace',
		label: 'Workspace settings changed'
	},
	'sso.account': {
		did: 'Came in through the organization for the first time, and got the account {}',
		label: 'Account made by single sign-on'
	},
	'sso.connection.create': {
		did: 'Connected the identity provider {}',
		label: 'Identity provider connected'
	},
	'sso.connection.delete': {
		did: 'Deleted the connection to the identity provider {}',
		label: 'Identity provider removed'
	},
	'sso.connection.save': {
		did: 'Changed the connection to the identity provider {}',
		label: 'Identity provider changed'
	},
	'sso.link': {
		did: 'Was recognised as {} by the organization from then on',
		label: 'Account linked to single sign-on'
	},
	'sso.role': {
		did: 'Was given another role by their groups: {to} in place of {from}',
		label: 'Role changed by groups'
	},
	'task.assign': { did: 'Gave out the task {}', label: 'Task given out' },
	'task.show': { did: 'Read what was asked about {}', label: 'Question about a person read' },
	'template.create': { did: 'Created the message {}', label: 'Message created' },
	'template.save': { did: 'Saved the message {} as version {version}', label: 'Message saved' },
	'workspace.set-up': { did: 'Set up this Stepwell', label: 'Stepwell set up' }
};

/** Whether the action has words. */
export function isKnownAction(action: string): boolean {
	return Object.hasOwn(actions, action);
}

/** What the filter calls an action; its code when it has no words, as one of a newer version. */
export function labelOfAction(action: string): string {
	return wordsOf(action)?.label ?? action;
}

/** The sentence of an action, with `{}` and `{detail}` still in it. */
export function sentenceOfAction(action: string, hasSubject: boolean): string {
	const words = wordsOf(action);
	if (!words) return hasSubject ? `Did “${action}” to {}` : `Did “${action}”`;
	return hasSubject ? words.did : (words.didAlone ?? words.did);
}

function wordsOf(action: string): ActionWords | undefined {
	return isKnownAction(action) ? actions[action] : undefined;
}

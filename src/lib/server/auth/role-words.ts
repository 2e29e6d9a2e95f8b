/** Roles as people read them. */
import type { Role } from './permissions.ts';

export interface RoleWords {
	label: string;
	/** What it is for, to whoever gives it. */
	sentence: string;
}

export const roleWords: Record<Role, RoleWords> = {
	owner: {
		label: 'Owner',
		sentence: 'Everything: journeys, people, settings, and who is in the team.'
	},
	marketer: {
		label: 'Marketer',
		sentence: 'Draws, publishes and watches journeys, writes messages, and looks after people.'
	},
	manager: {
		label: 'Manager',
		sentence: 'Reads journeys and reports, and answers what a journey asks. Sees nobody’s health.'
	},
	'privacy-officer': {
		label: 'Privacy officer',
		sentence: 'Looks after people’s rights: what is known, shown, told and deleted, and the audit log.'
	},
	integrator: {
		label: 'Integrator',
		sentence: 'Connects other systems: API keys and events. Sees no people.'
	},
	operator: {
		label: 'Operator',
		sentence: 'Keeps Stepwell running: settings, mail server, keys, and what failed. Sees no people.'
	}
};

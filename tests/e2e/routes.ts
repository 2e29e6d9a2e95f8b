// Who may open what: one line for each page, form action and endpoint of the built product. Whoever is not named is refused:
// 403 with a role, and 303 to where the sign-in goes on without one.
import type { Role } from '../../src/lib/server/auth/permissions.ts';
import type { Visitor } from './team.ts';

export interface Line {
	path: string;
	/** What whoever may is answered. */
	status: number;
	/** The roles that may; `everybody` for what is open without a session. */
	may: readonly Role[] | 'everybody';
	/** What an open route answers whoever is signed in, where it is something else. */
	signedIn?: number;
	/** What an open route answers whoever is half way in, where it is for them. */
	stages?: Partial<Record<Visitor, number>>;
	/** What a form sends. */
	form?: Record<string, string>;
	/** Only those who may not are asked: what it does takes minutes, and has a test of its own. */
	isLong?: boolean;
}

/** What the test made before it asks. */
export interface Made {
	journey: string;
	message: string;
	text: string;
	person: number;
	mail: number;
}

const all: readonly Role[] = ['owner', 'marketer', 'manager', 'privacy-officer', 'integrator', 'operator'];
const drawing = ['owner', 'marketer', 'manager', 'privacy-officer', 'integrator'] as const;
const reporting = ['owner', 'marketer', 'manager', 'privacy-officer'] as const;
const people = ['owner', 'marketer', 'privacy-officer'] as const;
const writing = ['owner', 'marketer'] as const;
const privacy = ['owner', 'privacy-officer'] as const;
const running = ['owner', 'operator'] as const;

const open = (path: string, status = 200, form?: Record<string, string>): Line => ({
	path,
	status,
	may: 'everybody',
	...(form && { form })
});
const line = (path: string, may: readonly Role[], status = 200, form: Record<string, string> = {}): Line => ({
	path,
	status,
	may,
	form
});

/** By method and route; a route that the build has and this has not fails the test. */
export function linesFor({ journey, message, text, person, mail }: Made): Record<string, Line> {
	return {
		'GET /': line('/', all, 307),
		'GET /(app)/account': line('/account', all),
		'GET /(app)/account/notifications': line('/account/notifications', all),
		'GET /(app)/audit': line('/audit', ['owner', 'operator', 'privacy-officer']),
		'POST /(app)/audit/export': line('/audit/export', ['owner', 'operator', 'privacy-officer'], 200, {
			format: 'csv'
		}),
		'GET /(app)/emergency': line('/emergency', ['manager', 'operator']),
		'GET /(app)/journeys': line('/journeys', drawing),
		'POST /(app)/journeys?/create': line('/journeys?/create', writing, 303),
		'POST /(app)/journeys?/sample': { ...line('/journeys?/sample', running), isLong: true },
		'GET /(app)/journeys/[slug]': line(`/journeys/${journey}`, drawing),
		'GET /(app)/journeys/[slug]/report': line(`/journeys/${journey}/report`, reporting),
		'GET /(app)/journeys/[slug]/report/people': line(`/journeys/${journey}/report/people`, reporting),
		'GET /(app)/mail': line('/mail', writing),
		'GET /(app)/mail/[id]': line(`/mail/${mail}`, writing),
		'GET /(app)/mail/[id]/message': line(`/mail/${mail}/message`, writing),
		'GET /(app)/members': line('/members', all),
		'GET /(app)/members/roles': line('/members/roles', all),
		'GET /(app)/messages': line('/messages', drawing),
		'GET /(app)/messages/[slug]': line(`/messages/${message}`, drawing),
		'GET /(app)/messages/[slug]/picture': line(`/messages/${message}/picture`, writing),
		'GET /(app)/messages/text/[slug]': line(`/messages/text/${text}`, drawing),
		'GET /(app)/notes': line('/notes', people),
		'GET /(app)/notes/[id]': line('/notes/999', people, 404),
		'GET /(app)/operations': line('/operations', running),
		'GET /(app)/people': line('/people', people),
		'POST /(app)/people?/search': line('/people?/search', people, 200, { search: 'Ann' }),
		'GET /(app)/people/[id]': line(`/people/${person}`, people),
		'GET /(app)/people/[id]/disclosures': line(`/people/${person}/disclosures`, privacy),
		'POST /(app)/people/[id]/disclosures/csv': line(`/people/${person}/disclosures/csv`, privacy),
		'POST /(app)/people/[id]/export': line(`/people/${person}/export`, privacy),
		'GET /(app)/sample/progress': line('/sample/progress', all),
		'GET /(app)/settings': line('/settings', ['owner', 'operator', 'integrator']),
		'GET /(app)/settings/attributes': line('/settings/attributes', people),
		'GET /(app)/settings/sso': line('/settings/sso', ['owner']),
		'GET /(app)/tasks': line('/tasks', all),
		'GET /(public)/join': open('/join'),
		'POST /(public)/join?/open': open('/join?/open', 404, { token: 'none' }),
		'POST /(public)/join?/accept': open('/join?/accept', 404, { token: 'none' }),
		'GET /(public)/schema/journey-1.json': open('/schema/journey-1.json'),
		'GET /(public)/setup': open('/setup', 303),
		'POST /(public)/setup': open('/setup', 303, {
			name: 'Mallory',
			email: 'mallory@clinic.test',
			password: 'another long password'
		}),
		'GET /(public)/sign-in': { ...open('/sign-in'), signedIn: 303 },
		'POST /(public)/sign-in': { ...open('/sign-in', 400, { email: '', password: '' }), signedIn: 303 },
		'GET /(public)/sign-in/forgot': open('/sign-in/forgot'),
		'POST /(public)/sign-in/forgot': open('/sign-in/forgot', 400, { email: 'none' }),
		'POST /(public)/sign-in/passkey': open('/sign-in/passkey'),
		'PUT /(public)/sign-in/passkey': open('/sign-in/passkey', 400),
		'GET /(public)/sign-in/protect': { ...open('/sign-in/protect', 303), stages: { enrol: 200 } },
		'GET /(public)/sign-in/second-factor': {
			...open('/sign-in/second-factor', 303),
			stages: { 'second-factor': 200 }
		},
		'POST /(public)/sign-in/second-factor': {
			...open('/sign-in/second-factor', 303),
			stages: { 'second-factor': 400 }
		},
		'GET /(public)/sso/again': open('/sso/again', 303),
		'GET /(public)/sso/finish': open('/sso/finish', 303),
		'GET /(public)/sso/oidc/[connection]/start': open('/sso/oidc/1/start', 303),
		'GET /(public)/sso/oidc/callback': open('/sso/oidc/callback', 303),
		'GET /(public)/sso/saml/[connection]/metadata': open('/sso/saml/1/metadata'),
		'GET /(public)/sso/saml/[connection]/start': open('/sso/saml/1/start', 303),
		'GET /(public)/sign-in/reset': open('/sign-in/reset'),
		'POST /(public)/sign-in/reset?/open': open('/sign-in/reset?/open', 404, { token: 'none' }),
		'POST /(public)/sign-in/reset?/save': open('/sign-in/reset?/save', 404, { token: 'none' }),
		'POST /(public)/sign-out': open('/sign-out', 303),
		'GET /(public)/u/[token]': open('/u/preview')
	};
}

import { expect, test } from 'vitest';
import { draftOf, fieldAt, inputOf, type Connection } from './sso-draft.ts';

const connection: Connection = {
	id: 3,
	kind: 'oidc',
	name: 'Clinic login',
	domains: ['clinic.example', 'ward.example'],
	enforced: false,
	enabled: true,
	hasSecret: true,
	callback: 'https://stepwell.example/sso/oidc/callback',
	config: {
		issuer: 'https://idp.example',
		clientId: 'stepwell',
		scopes: 'email',
		groupsClaim: 'groups',
		trustsAddresses: false,
		groups: [{ group: 'mail', role: 'marketer' }],
		defaultRole: null
	}
};

test('a connection that is opened and saved stays as it was, with its secret', () => {
	const {
		id: _,
		hasSecret: __,
		callback: ___,
		...same
	} = connection as Extract<Connection, { kind: 'oidc' }>;
	expect(inputOf(draftOf(connection))).toEqual({ ...same, secret: null });
});

test('domains come with commas, spaces or lines between them', () => {
	const draft = { ...draftOf(null), domains: ' a.example,b.example\nc.example; ' };
	expect(inputOf(draft).domains).toEqual(['a.example', 'b.example', 'c.example']);
});

test('two certificates are pasted one below the other, and a bare one alone', () => {
	const pem = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----`;
	const of = (certificates: string) => {
		const draft = draftOf(null);
		return inputOf({ ...draft, kind: 'saml', saml: { ...draft.saml, certificates } }).config;
	};
	expect(of(`${pem('A')}\n${pem('B')}\n`)).toMatchObject({ certificates: [pem('A'), pem('B')] });
	expect(of('MIIB\nAA==\n')).toMatchObject({ certificates: ['MIIB\nAA=='] });
	expect(of(' ')).toMatchObject({ certificates: [] });
});

test('a fault is shown at its field, of a new connection and of one that is changed', () => {
	expect(fieldAt('/config/issuer')).toBe('issuer');
	expect(fieldAt('/connection/config/certificates/0')).toBe('certificates');
	expect(fieldAt('/connection/domains/1')).toBe('domains');
	expect(fieldAt(undefined)).toBeNull();
});

import { examplePayload } from './payload-model.ts';

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** The shell line with which an integrator calls an API trigger. The key and the contact are placeholders. */
export function curlLine(publicUrl: string, name: string, payload: unknown): string {
	const body = { contact: { id: 'patient-1', email: 'ann@example.org' }, payload: examplePayload(payload) };
	return [
		`curl -X POST ${publicUrl}/api/v1/triggers/${name === '' ? '<name>' : name}`,
		`-H ${quoted('Authorization: Bearer sw_live_…')}`,
		`-H ${quoted('Content-Type: application/json')}`,
		`-H ${quoted('Idempotency-Key: a-key-of-your-own')}`,
		`-d ${quoted(JSON.stringify(body))}`
	].join(' \\\n  ');
}

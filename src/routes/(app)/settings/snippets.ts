/** Lines that an integrator can paste as they are. */

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

function curl(address: string, key: string, body: object): string {
	return [
		`curl -X POST ${address}`,
		`-H ${quoted(`Authorization: Bearer ${key}`)}`,
		`-H ${quoted('Content-Type: application/json')}`,
		`-d ${quoted(JSON.stringify(body, null, 2).replaceAll('\n', '\n  '))}`
	].join(' \\\n  ');
}

const contact = { id: 'patient-1', email: 'ann@example.org' };

/** Makes or merges the contact, and records one event of it. */
export function eventLine(publicUrl: string, key: string): string {
	const body = {
		contact,
		name: 'visit.completed',
		properties: { visitId: 'v-1001', department: 'cardiology' },
		idempotencyKey: 'visit-v-1001'
	};
	return curl(`${publicUrl}/api/v1/events`, key, body);
}

/** Calls an API trigger of a published journey. */
export function triggerLine(publicUrl: string, key: string): string {
	return curl(`${publicUrl}/api/v1/triggers/lab-result-ready`, key, { contact, payload: { test: 'A1c' } });
}

export function trpcCode(publicUrl: string, key: string): string {
	return `import { createTRPCClient, httpBatchLink } from '@trpc/client';

const stepwell = createTRPCClient({
  links: [
    httpBatchLink({
      url: '${publicUrl}/api/trpc',
      headers: { authorization: 'Bearer ${key}' }
    })
  ]
});

await stepwell.ingest.events.mutate({
  contact: 'patient-1',
  name: 'visit.completed',
  properties: { visitId: 'v-1001' }
});`;
}

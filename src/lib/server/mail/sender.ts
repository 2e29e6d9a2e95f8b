/** Who all mail is from, as the workspace's settings have it. */
import { z } from 'zod';
import type { Db } from '../db/db.ts';

const senderSchema = z.object({
	name: z.string().catch('Stepwell'),
	postalAddress: z.string().catch(''),
	timezone: z.string().catch('UTC')
});
export type Sender = z.infer<typeof senderSchema>;

export async function loadSender(db: Db): Promise<Sender> {
	const found = await db.query<{ value: unknown }>(`select value from settings where key = 'workspace'`);
	return senderSchema.parse(found.rows[0]?.value ?? {});
}

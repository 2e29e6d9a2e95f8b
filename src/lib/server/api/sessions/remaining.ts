import { z } from 'zod';
import type { Session } from '../../auth/session.ts';

/** How long a session goes on, in milliseconds: two clocks never agree, but time passes alike on both. */
export const remainingSchema = z.object({
	/** Until it is over for want of use. */
	idleIn: z.number(),
	/** Until it is over in any case. */
	endsIn: z.number()
});

export function remainingOf(
	session: Pick<Session, 'idleAt' | 'endsAt'>,
	now: number
): z.infer<typeof remainingSchema> {
	return { idleIn: session.idleAt - now, endsIn: session.endsAt - now };
}

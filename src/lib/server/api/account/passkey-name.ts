import { z } from 'zod';

/** What somebody calls a passkey, to tell it from others. */
export const passkeyName = z.string().trim().min(1, 'Give it a name.').max(60, 'Use at most 60 characters.');

/** The header of what a page asks by itself, again and again: such a call is no use of the session, which ends all the same. */
export const UNATTENDED = 'stepwell-unattended';

import type { PageData } from './$types';

/** One person as the page has them. */
export type Person = NonNullable<PageData['person']>;

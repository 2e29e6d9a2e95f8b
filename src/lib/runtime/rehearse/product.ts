/**
 * What a rehearsal uses of the rooms above the runtime: it plays the whole product, from publishing a journey to taking in
 * events. Nothing else in the runtime may reach them.
 */
/* eslint-disable @typescript-eslint/no-restricted-imports -- the rehearsal stands above the runtime, and only lies in its folder */
export { ApiError } from '$lib/server/api/errors.ts';
export { upsertContacts, type ContactPatch } from '$lib/server/ingest/contacts.ts';
export { recordEvents, type RecordedEvent } from '$lib/server/ingest/record.ts';
export { createJourney } from '$lib/server/journeys/drafts.ts';
export { draftSchema } from '$lib/server/journeys/draft-document.ts';
export { openLog } from '$lib/server/log.ts';
export { archiveJourney, pauseJourney, resumeJourney } from '$lib/server/journeys/pause.ts';
export { publishJourney } from '$lib/server/journeys/publish.ts';

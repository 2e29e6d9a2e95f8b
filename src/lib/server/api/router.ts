/** Every procedure of Stepwell, by area. One procedure, one file. */
import { accessRouter } from './access/index.ts';
import { accountRouter } from './account/index.ts';
import { attributesRouter } from './attributes/index.ts';
import { auditRouter } from './audit/index.ts';
import { contactsRouter } from './contacts/index.ts';
import { emergencyRouter } from './emergency/index.ts';
import { ingestRouter } from './ingest/index.ts';
import { journeysRouter } from './journeys/index.ts';
import { keysRouter } from './keys/index.ts';
import { mailRouter } from './mail/index.ts';
import { membersRouter } from './members/index.ts';
import { notesRouter } from './notes/index.ts';
import { notificationsRouter } from './notifications/index.ts';
import { operationsRouter } from './operations/index.ts';
import { reportsRouter } from './reports/index.ts';
import { sessionsRouter } from './sessions/index.ts';
import { settingsRouter } from './settings/index.ts';
import { ssoRouter } from './sso/index.ts';
import { tasksRouter } from './tasks/index.ts';
import { templatesRouter } from './templates/index.ts';
import { createCaller, router } from './trpc.ts';

export const appRouter = router({
	access: accessRouter,
	account: accountRouter,
	attributes: attributesRouter,
	audit: auditRouter,
	contacts: contactsRouter,
	emergency: emergencyRouter,
	ingest: ingestRouter,
	journeys: journeysRouter,
	keys: keysRouter,
	mail: mailRouter,
	members: membersRouter,
	notes: notesRouter,
	notifications: notificationsRouter,
	operations: operationsRouter,
	reports: reportsRouter,
	sessions: sessionsRouter,
	settings: settingsRouter,
	sso: ssoRouter,
	tasks: tasksRouter,
	templates: templatesRouter
});

export type AppRouter = typeof appRouter;
/** Calls procedures in process, for page loads. */
export const callerFor = createCaller(appRouter);

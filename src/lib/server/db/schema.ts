/**
 * The tables that people edit, for drizzle. `drizzle/*.sql` is the authority; `schema.test.ts` holds the two together.
 * The runtime's hot tables are written by its own statements in `$lib/runtime/sql` and have no entry here.
 */
import { sql } from 'drizzle-orm';
import {
	bigint,
	boolean,
	customType,
	integer,
	jsonb,
	pgTable,
	primaryKey,
	smallint,
	text,
	timestamp
} from 'drizzle-orm/pg-core';

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export const users = pgTable('users', {
	id: integer().primaryKey().generatedAlwaysAsIdentity(),
	email: text().notNull(),
	name: text().notNull(),
	passwordHash: text('password_hash'),
	role: text({
		enum: ['owner', 'marketer', 'manager', 'privacy-officer', 'integrator', 'operator']
	}).notNull(),
	createdAt: instant('created_at').notNull().defaultNow(),
	deactivatedAt: instant('deactivated_at'),
	notifications: jsonb().$type<Record<string, boolean>>().notNull().default({})
});

export const sessions = pgTable('sessions', {
	id: text().primaryKey(),
	secretHash: bytea('secret_hash').notNull(),
	userId: integer('user_id').notNull(),
	createdAt: instant('created_at').notNull(),
	lastSeenAt: instant('last_seen_at').notNull(),
	way: text({ enum: ['password', 'passkey', 'sso'] }).notNull(),
	provedAt: instant('proved_at'),
	ip: text(),
	agent: text()
});

export const apiKeys = pgTable('api_keys', {
	id: text().primaryKey(),
	name: text().notNull(),
	secretHash: bytea('secret_hash').notNull(),
	createdBy: integer('created_by'),
	createdAt: instant('created_at').notNull().defaultNow(),
	lastUsedAt: instant('last_used_at'),
	revokedAt: instant('revoked_at')
});

export const idempotencyKeys = pgTable(
	'idempotency_keys',
	{
		apiKeyId: text('api_key_id').notNull(),
		key: text().notNull(),
		route: text().notNull(),
		bodyHash: bytea('body_hash').notNull(),
		status: integer(),
		response: jsonb(),
		createdAt: instant('created_at').notNull().defaultNow()
	},
	(table) => [primaryKey({ columns: [table.apiKeyId, table.key] })]
);

export const settings = pgTable('settings', {
	key: text().primaryKey(),
	value: jsonb().notNull()
});

export const attributes = pgTable('attributes', {
	key: text().primaryKey(),
	label: text().notNull(),
	type: text({ enum: ['text', 'number', 'boolean', 'date', 'datetime', 'list'] }).notNull(),
	tag: text({ enum: ['none', 'limited', 'phi', 'sensitive'] })
		.notNull()
		.default('phi'),
	/** Which further law protects it; only where the tag is `sensitive`. */
	sensitiveKind: text('sensitive_kind', {
		enum: ['substance-use', 'mental-health', 'hiv', 'reproductive', 'genetic']
	}),
	/** Null while it is in quarantine: it came with a contact, and nobody has said what it is. */
	definedAt: instant('defined_at'),
	/** While values are moved to where the tag says. */
	retagging: boolean().notNull().default(false),
	phi: boolean()
		.notNull()
		.generatedAlwaysAs(sql`tag <> 'none'`),
	createdAt: instant('created_at').notNull().defaultNow()
});

export const contacts = pgTable('contacts', {
	id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
	publicIdMark: bytea('public_id_mark').notNull(),
	emailMark: bytea('email_mark'),
	phoneMark: bytea('phone_mark'),
	nameTokens: bytea('name_tokens').array().notNull().default([]),
	/** Who it is, and the attributes that are not plain. */
	sealed: bytea(),
	timezone: text(),
	attributes: jsonb().$type<Record<string, unknown>>().notNull().default({}),
	createdAt: instant('created_at').notNull().defaultNow(),
	updatedAt: instant('updated_at').notNull().defaultNow()
});

export const consents = pgTable('consents', {
	id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
	contactId: bigint('contact_id', { mode: 'number' }).notNull(),
	kind: text({ enum: ['marketing', 'email', 'text'] }).notNull(),
	topic: text(),
	/** Whose sponsored messages it covers. */
	sponsor: text(),
	grantedAt: instant('granted_at').notNull(),
	expiresAt: instant('expires_at'),
	revokedAt: instant('revoked_at'),
	source: text().notNull()
});

export const segments = pgTable('segments', {
	slug: text().primaryKey(),
	name: text().notNull(),
	/** Null where the segment is kept by hand. */
	where: jsonb().$type<unknown>(),
	/** While a trigger watches it: up to which contact its members are known. */
	builtUpTo: bigint('built_up_to', { mode: 'number' }),
	createdAt: instant('created_at').notNull().defaultNow()
});

export const segmentMembers = pgTable(
	'segment_members',
	{
		segment: text().notNull(),
		contactId: bigint('contact_id', { mode: 'number' }).notNull()
	},
	(table) => [primaryKey({ columns: [table.segment, table.contactId] })]
);

export const suppressions = pgTable('suppressions', {
	id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
	emailMark: bytea('email_mark').notNull(),
	scope: text({ enum: ['all', 'marketing'] }).notNull(),
	reason: text({ enum: ['unsubscribed', 'complained', 'bounced', 'manual'] }).notNull(),
	/** Set where the contact left one topic only. */
	topic: text(),
	source: text().notNull(),
	createdAt: instant('created_at').notNull().defaultNow()
});

export const templates = pgTable('templates', {
	id: integer().primaryKey().generatedAlwaysAsIdentity(),
	slug: text().notNull(),
	name: text().notNull(),
	channel: text({ enum: ['email', 'text'] })
		.notNull()
		.default('email'),
	currentVersionId: integer('current_version_id'),
	createdAt: instant('created_at').notNull().defaultNow()
});

export const templateVersions = pgTable('template_versions', {
	id: integer().primaryKey().generatedAlwaysAsIdentity(),
	templateId: integer('template_id').notNull(),
	number: integer().notNull(),
	subject: text().notNull(),
	preheader: text().notNull().default(''),
	blocks: jsonb().$type<unknown>().notNull(),
	compiled: jsonb().$type<unknown>().notNull(),
	createdBy: integer('created_by'),
	createdAt: instant('created_at').notNull().defaultNow()
});

export const journeys = pgTable('journeys', {
	id: integer().primaryKey().generatedAlwaysAsIdentity(),
	slug: text().notNull(),
	name: text().notNull(),
	state: text({ enum: ['draft', 'live', 'paused', 'archived'] })
		.notNull()
		.default('draft'),
	draft: jsonb().$type<unknown>().notNull(),
	draftRevision: integer('draft_revision').notNull().default(1),
	draftSavedAt: instant('draft_saved_at').notNull().defaultNow(),
	draftSavedBy: integer('draft_saved_by'),
	liveVersionId: integer('live_version_id'),
	leastVersionId: integer('least_version_id'),
	/** Who paused it, where it was not a person. */
	pausedBy: text('paused_by', { enum: ['breaker'] }),
	createdAt: instant('created_at').notNull().defaultNow()
});

export const journeyVersions = pgTable('journey_versions', {
	id: integer().primaryKey().generatedAlwaysAsIdentity(),
	journeyId: integer('journey_id').notNull(),
	number: integer().notNull(),
	document: jsonb().$type<unknown>().notNull(),
	plan: jsonb().$type<unknown>().notNull(),
	mapping: jsonb().$type<unknown>(),
	/** 0 treatment, 1 operations, 2 marketing: whose people go first. Computed from the plan. */
	urgency: smallint()
		.notNull()
		.generatedAlwaysAs(sql`computed from plan`),
	publishedBy: integer('published_by'),
	publishedAt: instant('published_at').notNull().defaultNow()
});

export const caughtMails = pgTable('caught_mails', {
	id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
	messageId: bigint('message_id', { mode: 'number' }),
	contactId: bigint('contact_id', { mode: 'number' }),
	caughtAt: instant('caught_at').notNull(),
	head: bytea().notNull(),
	sealed: bytea().notNull(),
	channel: text({ enum: ['email', 'text', 'call'] })
		.notNull()
		.default('email'),
	/** Where no message says whose journey it came from. */
	versionId: integer('version_id'),
	/** Whether whoever reads it could come in. */
	opensDoor: boolean('opens_door').notNull().default(false)
});

export const dataKeys = pgTable('data_keys', {
	id: smallint().primaryKey().generatedByDefaultAsIdentity(),
	purpose: text({ enum: ['seal', 'index'] }).notNull(),
	wrapped: bytea().notNull(),
	kekId: text('kek_id').notNull(),
	createdAt: instant('created_at').notNull().defaultNow(),
	retiredAt: instant('retired_at')
});

export const contactKeys = pgTable('contact_keys', {
	contactId: bigint('contact_id', { mode: 'number' }).primaryKey(),
	dekId: smallint('dek_id'),
	wrapped: bytea(),
	shreddedAt: instant('shredded_at')
});

export const legalHolds = pgTable('legal_holds', {
	id: bigint({ mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
	contactId: bigint('contact_id', { mode: 'number' }).notNull(),
	reasonSealed: bytea('reason_sealed').notNull(),
	placedBy: integer('placed_by'),
	placedAt: instant('placed_at').notNull(),
	liftedBy: integer('lifted_by'),
	liftedAt: instant('lifted_at')
});

export const erasures = pgTable('erasures', {
	contactId: bigint('contact_id', { mode: 'number' }).primaryKey(),
	erasedAt: instant('erased_at').notNull(),
	erasedBy: integer('erased_by')
});

export const retainedPeople = pgTable('retained_people', {
	contactId: bigint('contact_id', { mode: 'number' }).primaryKey(),
	sealed: bytea().notNull(),
	until: instant('until').notNull()
});

export const restrictions = pgTable('restrictions', {
	id: bigint({ mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
	contactId: bigint('contact_id', { mode: 'number' }).notNull(),
	kind: text({ enum: ['marketing', 'email', 'text', 'disclosure', 'address'] }).notNull(),
	wordsSealed: bytea('words_sealed'),
	requestedAt: instant('requested_at').notNull(),
	agreedBy: integer('agreed_by'),
	endedAt: instant('ended_at')
});

export const disclosures = pgTable('disclosures', {
	id: bigint({ mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
	contactId: bigint('contact_id', { mode: 'number' }).notNull(),
	at: instant('at').notNull(),
	sealed: bytea().notNull(),
	purpose: text().notNull(),
	recordedBy: integer('recorded_by'),
	recordedAt: instant('recorded_at').notNull()
});

export const approvals = pgTable('approvals', {
	id: bigint({ mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
	contactId: bigint('contact_id', { mode: 'number' }).notNull(),
	enrollmentId: bigint('enrollment_id', { mode: 'number' }).notNull(),
	step: text().notNull(),
	arrival: integer().notNull(),
	decides: text().array().notNull(),
	askedSealed: bytea('asked_sealed').notNull(),
	askedAt: instant('asked_at').notNull(),
	answeredAt: instant('answered_at'),
	answeredBy: integer('answered_by'),
	answer: text({ enum: ['approved', 'declined'] })
});

export const failures = pgTable('failures', {
	enrollmentId: bigint('enrollment_id', { mode: 'number' }).primaryKey(),
	contactId: bigint('contact_id', { mode: 'number' }).notNull(),
	failedAt: instant('failed_at').notNull(),
	was: jsonb()
});

export const setAside = pgTable('set_aside', {
	id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
	kind: text({ enum: ['event', 'deferred', 'planned'] }).notNull(),
	contactId: bigint('contact_id', { mode: 'number' }).notNull(),
	journeyId: integer('journey_id'),
	eventId: bigint('event_id', { mode: 'number' }),
	receivedAt: instant('received_at'),
	progress: jsonb(),
	entryId: bigint('entry_id', { mode: 'number' }),
	step: text(),
	occurrence: text(),
	dueAt: instant('due_at'),
	lineage: text().array().notNull(),
	reason: text().notNull(),
	at: instant('at').notNull(),
	tries: smallint().notNull()
});

export const taskNotes = pgTable(
	'task_notes',
	{
		kind: text().notNull(),
		key: text().notNull(),
		assignedTo: integer('assigned_to'),
		dueAt: instant('due_at')
	},
	(table) => [primaryKey({ columns: [table.kind, table.key] })]
);

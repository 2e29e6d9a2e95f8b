-- Stepwell's first schema. Keys inside are bigint or integer; what leaves the product is a slug or a public id.
-- The words are those of the journey language: journey, version, step, contact, event, enrollment, visit, message.

create table users (
  id integer generated always as identity primary key,
  email text not null,
  name text not null,
  password_hash text not null,
  role text not null check (role in ('owner', 'marketer', 'manager', 'integrator', 'operator')),
  created_at timestamptz not null default now()
);
create unique index users_email on users (lower(email));

-- A session's cookie is `id.secret`; only the secret's SHA-256 is kept, so a leaked table opens nothing.
create table sessions (
  id text primary key,
  secret_hash bytea not null,
  user_id integer not null references users on delete cascade,
  created_at timestamptz not null,
  last_seen_at timestamptz not null
);
create index sessions_user on sessions (user_id);

-- An API key is `sw_live_<id>_<secret>`, shown once; the secret is random, so a plain SHA-256 is enough.
create table api_keys (
  id text primary key,
  name text not null,
  secret_hash bytea not null,
  created_by integer references users on delete set null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  revoked_at timestamptz
);

-- Answers kept for 24 hours, so that a repeated request gets the first answer and has no second effect.
create table idempotency_keys (
  api_key_id text not null references api_keys on delete cascade,
  key text not null,
  route text not null,
  body_hash bytea not null,
  status integer,
  response jsonb,
  created_at timestamptz not null default now(),
  primary key (api_key_id, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);

create table settings (
  key text primary key,
  value jsonb not null
);

create table attributes (
  key text primary key check (key ~ '^[A-Za-z][A-Za-z0-9_]{0,63}$'),
  label text not null,
  type text not null check (type in ('text', 'number', 'boolean', 'date', 'datetime', 'list')),
  phi boolean not null default true,
  created_at timestamptz not null default now()
);

create table contacts (
  id bigint generated always as identity primary key,
  public_id text not null unique check (length(public_id) between 1 and 128),
  name text,
  email text,
  phone text,
  timezone text,
  attributes jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index contacts_email on contacts (lower(email)) where email is not null;

create table consents (
  id bigint generated always as identity primary key,
  contact_id bigint not null references contacts on delete cascade,
  kind text not null check (kind in ('marketing', 'email', 'text')),
  topic text,
  granted_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  source text not null
);
create index consents_contact on consents (contact_id);

-- An address that must not be written to. Scope 'all' stops every message (a hard bounce), 'marketing' only marketing.
create table suppressions (
  id bigint generated always as identity primary key,
  email text not null check (email = lower(email)),
  scope text not null check (scope in ('all', 'marketing')),
  reason text not null check (reason in ('unsubscribed', 'complained', 'bounced', 'manual')),
  source text not null,
  created_at timestamptz not null default now()
);
create unique index suppressions_email on suppressions (email, scope, reason);

create table events (
  id bigint generated always as identity,
  contact_id bigint not null,
  name text not null,
  properties jsonb not null default '{}',
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  source text not null,
  primary key (id, received_at)
) partition by range (received_at);
create index events_contact on events (contact_id, name, occurred_at);

-- A unique key of a partitioned table must hold the partition's column, so uniqueness lives here.
create table event_keys (
  source text not null,
  key text not null,
  event_id bigint not null,
  created_at timestamptz not null default now(),
  primary key (source, key)
);

-- Events not yet routed to waits, goals and triggers. Emptied by the router, in order of arrival.
create table event_queue (
  event_id bigint primary key,
  received_at timestamptz not null
);

create table templates (
  id integer generated always as identity primary key,
  slug text not null unique,
  name text not null,
  channel text not null default 'email' check (channel in ('email')),
  current_version_id integer,
  created_at timestamptz not null default now()
);
create table template_versions (
  id integer generated always as identity primary key,
  template_id integer not null references templates on delete cascade,
  number integer not null,
  subject text not null,
  preheader text not null default '',
  blocks jsonb not null,
  compiled jsonb not null,
  created_by integer references users on delete set null,
  created_at timestamptz not null default now(),
  unique (template_id, number)
);
alter table templates add foreign key (current_version_id) references template_versions;

create table journeys (
  id integer generated always as identity primary key,
  slug text not null unique check (slug ~ '^[a-z][a-z0-9-]{0,63}$'),
  name text not null,
  state text not null default 'draft' check (state in ('draft', 'live', 'paused', 'archived')),
  draft jsonb not null,
  draft_revision integer not null default 1,
  draft_saved_at timestamptz not null default now(),
  draft_saved_by integer references users on delete set null,
  live_version_id integer,
  created_at timestamptz not null default now()
);
create table journey_versions (
  id integer generated always as identity primary key,
  journey_id integer not null references journeys on delete cascade,
  number integer not null,
  document jsonb not null,
  plan jsonb not null,
  published_by integer references users on delete set null,
  published_at timestamptz not null default now(),
  unique (journey_id, number)
);
alter table journeys add foreign key (live_version_id) references journey_versions;

-- Once-only is a unique row, never check-then-insert. The key says what is used up:
-- 'once' (re-entry never), 'key:<value>' (a trigger with a key), 'event:<id>:<trigger>' and 'due:<occurrence>:<trigger>'
-- (each cause admits once, however often its job runs).
create table enrollment_keys (
  contact_id bigint not null,
  journey_id integer not null,
  key text not null,
  enrollment_id bigint not null,
  primary key (contact_id, journey_id, key)
);

-- The hot table. `due_at` is set exactly while something will move the enrollment by time, so nobody is forgotten.
create table enrollments (
  id bigint generated always as identity primary key,
  contact_id bigint not null,
  journey_id integer not null,
  version_id integer not null,
  state text not null check (state in ('active', 'waiting', 'completed', 'converted', 'exited', 'moved', 'stopped', 'cancelled', 'failed')),
  reason text,
  step text not null,
  arrived_at timestamptz not null,
  waiting_for text check (waiting_for in ('time', 'event', 'handover')),
  due_at timestamptz,
  wake jsonb,
  seq integer not null default 0,
  visit_count integer not null default 0,
  arrivals jsonb not null default '{}',
  trigger jsonb not null default '{}',
  entry_event_id bigint,
  last_event_id bigint, -- the event that brought it where it stands; neither it nor an earlier one ends a wait
  entered_at timestamptz not null,
  ended_at timestamptz,
  constraint enrollments_due check ((due_at is not null) = (state = 'active' or (state = 'waiting' and (waiting_for <> 'handover' or wake is not null)))),
  constraint enrollments_waiting check ((state = 'waiting') = (waiting_for is not null)),
  constraint enrollments_ended check ((ended_at is null) = (state in ('active', 'waiting')))
);
create index enrollments_due_at on enrollments (due_at) where due_at is not null;

-- An event and a time-out race for one row; the first to delete it wins.
create table event_waits (
  contact_id bigint not null,
  event text not null,
  enrollment_id bigint not null,
  version_id integer not null,
  step text not null,
  arrived_at timestamptz not null,
  after_event_id bigint not null default 0,
  primary key (contact_id, event, enrollment_id)
);
create index event_waits_enrollment on event_waits (enrollment_id);

-- One row a wake: the steps passed in it and how each was left (null: still there). Where `continues` holds, the first
-- element is the step of the wake before, now left; it arrived at `first_at`. `reads` is what the decisions read.
create table step_paths (
  enrollment_id bigint not null,
  seq integer not null,
  version_id integer not null,
  contact_id bigint not null,
  at timestamptz not null,
  first_at timestamptz not null,
  continues boolean not null,
  steps text[] not null,
  outcomes text[] not null,
  reasons text[],
  reads jsonb,
  primary key (enrollment_id, seq, at)
) partition by range (at);

-- The report's numbers, kept by the batch itself. `measure` is 'entered', 'left:<outcome>', 'ended:<state>', 'dropped:<reason>',
-- 'refused:<reason>', 'sent', 'delivered', 'failed', 'blocked:<reason>', 'opened', 'clicked', 'engaged', 'machine', 'bounced',
-- 'complained', 'unsubscribed' or 'converted'. `day` is the day of the visit in the journey's time zone. `shard` keeps writers apart.
create table step_counts (
  version_id integer not null,
  day date not null,
  step text not null,
  measure text not null,
  shard smallint not null,
  count bigint not null,
  primary key (version_id, day, step, measure, shard)
);

create table refusals (
  id bigint generated always as identity primary key,
  journey_id integer not null,
  version_id integer not null,
  step text not null,
  contact_id bigint not null,
  at timestamptz not null,
  reason text not null
);
create index refusals_version on refusals (version_id, step);

-- Entries by time that are still to come: a date reached, a message ignored. Due ones are found by one indexed statement.
create table planned_entries (
  journey_id integer not null references journeys on delete cascade,
  step text not null,
  contact_id bigint not null,
  occurrence text not null,
  due_at timestamptz not null,
  primary key (journey_id, step, contact_id, occurrence)
);
create index planned_entries_due_at on planned_entries (due_at);
create index planned_entries_contact on planned_entries (contact_id);

-- The outbox. A message is committed with the step that made it:
-- queued -> sending (lease, attempt row) -> sent | deferred (queued again later) | failed | unknown; blocked is known at once.
create table messages (
  id bigint generated always as identity primary key,
  enrollment_id bigint not null,
  version_id integer not null,
  step text not null,
  arrival integer not null,
  contact_id bigint not null,
  template_version_id integer,
  purpose text not null check (purpose in ('treatment', 'operations', 'marketing')),
  marketing boolean not null,
  topic text,
  visit_at timestamptz not null,
  state text not null check (state in ('queued', 'sending', 'sent', 'failed', 'unknown', 'blocked', 'withdrawn')),
  reason text,
  attempts smallint not null default 0,
  not_before timestamptz,
  lease_until timestamptz,
  decided_at timestamptz,
  opened_at timestamptz,
  clicked_at timestamptz,
  machine_at timestamptz,
  unsubscribed_at timestamptz,
  bounced_at timestamptz,
  complained_at timestamptz
);
create index messages_open on messages (id) where state in ('queued', 'sending');

create table message_keys (
  enrollment_id bigint not null,
  step text not null,
  arrival integer not null,
  message_id bigint not null,
  primary key (enrollment_id, step, arrival)
);

-- One row a hand-over tried; the evidence when a sender died in the middle.
create table message_attempts (
  message_id bigint not null references messages on delete cascade,
  attempt smallint not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  outcome text check (outcome in ('sent', 'deferred', 'failed', 'unknown')),
  response text,
  primary key (message_id, attempt)
);

-- Opens and clicks as they came, also a machine's.
create table engagements (
  id bigint generated always as identity primary key,
  message_id bigint not null,
  kind text not null check (kind in ('open', 'click')),
  link integer,
  at timestamptz not null,
  machine boolean not null,
  why text
);
create index engagements_message on engagements (message_id);

-- Mail caught in test mode instead of sent.
create table caught_mails (
  id bigint generated always as identity primary key,
  message_id bigint,
  caught_at timestamptz not null,
  envelope_from text not null,
  envelope_to text[] not null,
  subject text not null,
  raw bytea not null
);

-- Makes the monthly partitions of one table from the month of `first` on; safe to call again.
create function ensure_partitions(parent text, first timestamptz, months integer) returns void
language plpgsql as $$
declare
  start_at timestamptz := date_trunc('month', first at time zone 'UTC') at time zone 'UTC';
  end_at timestamptz;
begin
  for n in 0 .. months - 1 loop
    end_at := (date_trunc('month', start_at at time zone 'UTC') + interval '1 month') at time zone 'UTC';
    execute format('create table if not exists %I partition of %I for values from (%L) to (%L)',
      parent || '_' || to_char(start_at at time zone 'UTC', 'YYYY_MM'), parent, start_at, end_at);
    start_at := end_at;
  end loop;
end $$;
-- What lies outside the months made so far is kept all the same.
create table events_other partition of events default;
create table step_paths_other partition of step_paths default;

-- Who is alive: graphile-worker keeps a killed worker's jobs locked for four hours, so the others free them sooner.
create table worker_beats (
	worker_id text primary key,
	beat_at timestamptz not null
);

-- Segments that a trigger watches: whose members are known up to which contact. Null: nobody watches.
alter table segments add column built_up_to bigint;

-- Midnight of a zone, when segments that read the clock are asked anew; '' stands for contacts without a zone of their own.
create table segment_midnights (
  zone text primary key,
  due_at timestamptz not null,
  after_contact_id bigint not null default 0
);
create index contacts_zone on contacts (coalesce(timezone, ''), id);

-- Somebody at a trigger's door who comes in later: at the place that a limit gave, or when what came before has come to rest.
create table deferred_entries (
  id bigint generated always as identity primary key,
  journey_id integer not null references journeys on delete cascade,
  step text not null,
  contact_id bigint not null,
  due_at timestamptz not null,
  has_place boolean not null,
  cause text not null,
  key text,
  payload_sealed bytea,
  event_id bigint,
  lineage text[] not null default '{}',
  unique (journey_id, step, contact_id, cause)
);
create index deferred_entries_due_at on deferred_entries (due_at);
create index deferred_entries_contact on deferred_entries (contact_id);

-- How far an event came at the doors, while what it set going there comes to rest.
alter table event_queue add column progress jsonb;
alter table held_events add column progress jsonb;

alter table consents add column sponsor text;
alter table suppressions add column topic text;
drop index suppressions_email;
create unique index suppressions_email on suppressions (email_mark, scope, reason, coalesce(topic, ''));

-- What could not be routed or let in, and holds up nobody (src/lib/runtime/set-aside.ts): it waits here for somebody who mends
-- the cause and tries it again. `reason` is a code; nothing here says what the event or the entry is about.
create table set_aside (
  id bigint generated always as identity primary key,
  kind text not null,
  contact_id bigint not null,
  -- Of an event: the one journey that it was held for; null: all of them.
  journey_id integer references journeys on delete cascade,
  -- An event, and how far it came at the doors.
  event_id bigint,
  received_at timestamptz,
  progress jsonb,
  -- An entry that was to come later: it keeps its row, which is due at no time.
  entry_id bigint references deferred_entries on delete cascade,
  -- An entry by time.
  step text,
  occurrence text,
  due_at timestamptz,
  lineage text[] not null default '{}',
  reason text not null,
  at timestamptz not null,
  tries smallint not null,
  constraint set_aside_kind check (case kind
    when 'event' then event_id is not null and received_at is not null
    when 'deferred' then entry_id is not null and journey_id is not null
    when 'planned' then journey_id is not null and step is not null and occurrence is not null and due_at is not null
    else false end)
);
create unique index set_aside_event on set_aside (event_id, coalesce(journey_id, 0)) where kind = 'event';
create unique index set_aside_deferred on set_aside (entry_id) where kind = 'deferred';
create unique index set_aside_planned on set_aside (journey_id, step, contact_id, occurrence) where kind = 'planned';
create index set_aside_contact on set_aside (contact_id, event_id);
create index set_aside_reason on set_aside (reason, id);

-- Null exactly while the entry is set aside.
alter table deferred_entries alter column due_at drop not null;

-- How often it was set aside before. What was counts when it is tried again, not when it came.
alter table event_queue add column tries smallint not null default 0;
alter table held_events add column tries smallint not null default 0;
alter table deferred_entries add column tries smallint not null default 0;
alter table planned_entries add column tries smallint not null default 0;

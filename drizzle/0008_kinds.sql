-- What the remaining step kinds keep. `lineage`: the journeys whose steps caused an entry, and the journey itself last.
-- `left_at`: when each wait for a time of day was left last. `before_event_id`: the last event before an entry that no event
-- caused.
alter table enrollments
  add column lineage text[] not null default '{}',
  add column left_at jsonb,
  add column before_event_id bigint;
alter table planned_entries add column lineage text[] not null default '{}';

-- The lineage of the step that set an attribute last: an entry by that attribute's date carries it.
create table attribute_lineages (
  contact_id bigint not null,
  key text not null,
  lineage text[] not null,
  primary key (contact_id, key)
);

-- Instants at which everybody is asked (a trigger `once` or `every`), and how far the asking has come.
create table planned_runs (
  journey_id integer not null references journeys on delete cascade,
  step text not null,
  due_at timestamptz not null,
  after_contact_id bigint not null default 0,
  primary key (journey_id, step)
);
create index planned_runs_due_at on planned_runs (due_at);

-- Places that a `wait.pace` gave, in order; only the last of a window are asked for.
create table places (
  id bigint generated always as identity primary key,
  journey_id integer not null references journeys on delete cascade,
  step text not null,
  at timestamptz not null
);
create index places_step on places (journey_id, step, at);

alter table enrollments drop constraint enrollments_waiting_for_check;
alter table enrollments add constraint enrollments_waiting_for_check
  check (waiting_for in ('time', 'event', 'handover', 'place', 'approval', 'webhook'));

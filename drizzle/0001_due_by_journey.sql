-- Due enrollments are found journey by journey: the overdue ones of a paused journey are never looked at.
create index enrollments_due on enrollments (journey_id, due_at) where due_at is not null;
drop index enrollments_due_at;

-- Events that came for a journey while it was paused; they count when it goes on.
create table held_events (
  contact_id bigint not null,
  journey_id integer not null references journeys on delete cascade,
  event_id bigint not null,
  received_at timestamptz not null,
  primary key (contact_id, journey_id, event_id)
);
create index held_events_journey on held_events (journey_id, event_id);

-- The breaker (src/lib/runtime/breaker.ts): a journey pauses itself when its sending goes wrong.
alter table journeys add column paused_by text check (paused_by in ('breaker'));

-- What publish expected, since when messages count, and why it tripped last. `allowed` is a count, or for a share of the
-- last messages hundredths of a percent. `allowance`: what the resume at
-- `resumed_at` lets out at once, beside a day's messages.
create table breakers (
	journey_id integer primary key references journeys on delete cascade,
	expected_per_day integer not null default 0,
	counts_from timestamptz,
	resumed_at timestamptz,
	allowance integer not null default 0,
	tripped_at timestamptz,
	reason text check (reason in ('day-bound', 'month-bound', 'visits-bound', 'rate', 'bounces', 'complaints', 'unsubscribes')),
	counted integer,
	total integer,
	allowed integer,
	constraint breakers_tripped check ((tripped_at is null) = (reason is null))
);

-- Messages handed over, by journey and hour: a day's are 25 rows, however many there are.
create table sending_hours (
	journey_id integer not null references journeys on delete cascade,
	hour timestamptz not null,
	sent integer not null,
	primary key (journey_id, hour)
);

-- The last messages of a version, newest first. Only the sender writes it, one entry a message; batches that make messages
-- do not.
create index messages_handed_over on messages (version_id, decided_at) where state in ('sent', 'failed', 'unknown');

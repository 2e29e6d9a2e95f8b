-- Which processes work on this database. `slot` keeps their counts apart: the least that was free when one started.
create table processes (
	id text primary key,
	role text not null check (role in ('all', 'web', 'worker', 'sender')),
	host text not null,
	pid integer not null,
	slot smallint not null,
	started_at timestamptz not null default now(),
	beat_at timestamptz not null default now(),
	is_draining boolean not null default false
);

-- Failed enrollments are few, and looked at by whoever mends what broke them.
create index enrollments_failed on enrollments (journey_id, step) where state = 'failed';

-- The audit log (45 CFR 164.312(b), (c)): who did or read what, in one chain of hashes. `src/lib/server/audit/FORMAT.md` says how an
-- entry is hashed. Ids, names of attributes and codes only: nothing here is ever PHI, so that nothing here need be forgotten.

create table audit_log (
  id bigint primary key check (id > 0), -- without gaps, in the order of the chain
  at timestamptz not null,
  actor_kind text not null check (actor_kind in ('user', 'key', 'system')),
  actor_id text not null check (actor_id <> ''),
  actor_name text, -- as it was then
  action text not null check (action <> ''),
  subject_kind text,
  subject_ids text[] not null default '{}',
  fields text[] not null default '{}', -- which attributes were read or written, never their values
  reason text, -- a code; a person's own words are sealed first
  reason_sealed bytea,
  ip inet check (masklen(ip) = case family(ip) when 4 then 32 else 128 end),
  request_id text,
  details jsonb not null default '{}'
    check (jsonb_typeof(details) = 'object' and not details @? '$.** ? (@ like_regex "^.{201}" flag "s")'),
  previous_hash bytea not null check (octet_length(previous_hash) = 32),
  hash bytea not null check (octet_length(hash) = 32)
);
create index audit_log_at on audit_log (at, id);
create index audit_log_actor on audit_log (actor_kind, actor_id, at, id);
create index audit_log_action on audit_log (action, at, id);
create index audit_log_actor_action on audit_log (actor_kind, actor_id, action, at, id);
-- Without the pending list: as fast over all, and nobody pays 700 ms under the log's lock for what others put off.
create index audit_log_subject on audit_log using gin (subject_ids) with (fastupdate = off);

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('stepwell.audit_purge', true) = 'on' then return null; end if;
  raise exception 'The audit log can only be added to.' using errcode = 'restrict_violation';
end $$;

-- Whatever the way a deletion came: only from the old end of the chain, nothing younger than six years (45 CFR 164.316(b)(2)),
-- and never the newest entry, from which the chain goes on.
create function refuse_young_audit_deletion() returns trigger language plpgsql as $$
begin
  if exists (select from gone where at > now() - interval '6 years')
    or exists (select from audit_log where id < (select max(id) from gone))
    or (exists (select from gone) and not exists (select from audit_log))
  then
    raise exception 'Only audit entries older than six years can go, and the oldest first.' using errcode = 'restrict_violation';
  end if;
  return null;
end $$;

create trigger audit_log_refuse_change before update or delete or truncate on audit_log
  for each statement execute function refuse_audit_change();
create trigger audit_log_refuse_young_deletion after delete on audit_log referencing old table as gone
  for each statement execute function refuse_young_audit_deletion();
-- Always: also in a session that plays a replica.
alter table audit_log enable always trigger audit_log_refuse_change;
alter table audit_log enable always trigger audit_log_refuse_young_deletion;

-- Deletes the entries before the first that is not older than `before`, and says up to which one; no row when there is none.
create function purge_audit_log(before timestamptz) returns table (through bigint, through_hash bytea, purged bigint)
language plpgsql security definer as $$
declare
  last_gone bigint;
begin
  if before > now() - interval '6 years' then
    raise exception 'Audit entries are kept for six years.' using errcode = 'restrict_violation';
  end if;
  select coalesce(
    (select min(id) from audit_log where at >= before),
    (select max(id) from audit_log)) - 1 into last_gone;
  perform set_config('stepwell.audit_purge', 'on', true);
  return query
    with gone as (delete from audit_log where id <= last_gone returning id, hash)
    select gone.id, gone.hash, count(*) over () from gone order by gone.id desc limit 1;
  perform set_config('stepwell.audit_purge', 'off', true);
end $$;

revoke all on function purge_audit_log(timestamptz) from public;

-- Gives the audit log to a role of its own, that nobody signs in as, and leaves `app` the right to add and to read. True where
-- that worked; a user who may not create roles keeps the triggers alone. Run it again after a restore into another database.
create function protect_audit_log(app name default current_user) returns boolean language plpgsql as $$
declare
  keeper constant name := 'stepwell_audit_' || (select oid from pg_database where datname = current_database());
  room constant name := (
    select nspname from pg_namespace n join pg_class c on c.relnamespace = n.oid where c.oid = 'audit_log'::regclass);
  me constant name := current_user;
  is_super constant boolean := (select rolsuper from pg_roles where rolname = me);
  role_before constant text := current_setting('role');
begin
  if not exists (select from pg_roles where rolname = keeper) then execute format('create role %I nologin', keeper); end if;
  if not is_super then execute format('grant %I to %I', keeper, me); end if;
  -- An owner needs CREATE on the schema only while it becomes the owner.
  execute format('grant usage, create on schema %I to %I', room, keeper);
  execute format('alter table audit_log owner to %I', keeper);
  execute format('alter function purge_audit_log(timestamptz) owner to %I', keeper);
  execute format('alter function refuse_audit_change() owner to %I', keeper);
  execute format('alter function refuse_young_audit_deletion() owner to %I', keeper);
  execute format('revoke create on schema %I from %I', room, keeper);
  perform set_config('role', keeper, true);
  -- A function that runs as its owner must not look for its tables where others may put theirs.
  execute format('alter function purge_audit_log(timestamptz) set search_path = pg_catalog, %I, pg_temp', room);
  execute format('revoke all on audit_log from public, %I', app);
  execute format('grant select, insert on audit_log to %I', app);
  revoke all on function purge_audit_log(timestamptz) from public;
  execute format('grant execute on function purge_audit_log(timestamptz) to %I', app);
  perform set_config('role', role_before, true);
  if not is_super then execute format('revoke %I from %I', keeper, me); end if;
  return true;
exception when insufficient_privilege then
  return false;
end $$;

select protect_audit_log();

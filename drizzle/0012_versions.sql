-- A published version never changes: contacts run on it, reports tell of it, and years later a trace is read with it.
create function refuse_version_change() returns trigger language plpgsql as $$
begin
  raise exception 'A published version never changes.' using errcode = 'restrict_violation';
end $$;
create trigger journey_versions_changed before update on journey_versions for each row
  when ((old.id, old.journey_id, old.number, old.document, old.plan, old.published_at)
    is distinct from (new.id, new.journey_id, new.number, new.document, new.plan, new.published_at))
  execute function refuse_version_change();
create trigger journey_versions_deleted before delete on journey_versions for each row execute function refuse_version_change();

-- Where its publish led people whose step was gone, by step: {"step": id} or "exit". Null: nobody was moved to it.
alter table journey_versions add column mapping jsonb;
-- The newest version to which people were moved: nobody goes on with an older one. Somebody admitted to one while others were
-- moved is found by it, and follows.
alter table journeys add column least_version_id integer;

-- Together with `enrollments_due` it finds everybody inside a journey. A step writes it only where it waits without a time, for
-- a hand-over or a webhook's answer.
create index enrollments_undue on enrollments (journey_id) where due_at is null and ended_at is null;

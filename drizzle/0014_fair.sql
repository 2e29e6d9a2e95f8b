-- Who comes first when there is more to do than can be done at once: treatment, then operations, then marketing.

-- What a version's people wait for at most: 0 where it sends for treatment, 2 where it sends for marketing alone, else 1.
alter table journey_versions add column urgency smallint not null generated always as (case
  when jsonb_path_exists(plan, '$.steps.*.config.purpose ? (@ == "treatment")') then 0
  when jsonb_path_exists(plan, '$.steps.*.config.purpose ? (@ == "operations")') then 1
  when jsonb_path_exists(plan, '$.steps.*.config.purpose ? (@ == "marketing")') then 2
  else 1
end) stored;

-- Queued messages are found by purpose, then version by version: those of a paused journey cost one look, however many they are.
create index messages_queued on messages (purpose, version_id, id) where state = 'queued';
create index messages_deferred on messages (not_before) where state = 'queued' and not_before is not null;
create index messages_leased on messages (lease_until) where state = 'sending';
drop index messages_open;

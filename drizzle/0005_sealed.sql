-- What is about a person is sealed from here on (src/lib/server/seal). This adds the places; the rows that are there are
-- sealed next, by sealExisting (src/lib/server/people/seal-existing.ts), and 0006 takes the readable columns away.

-- none: says nothing about a person's health. limited: a date or a place (45 CFR 164.514(e)). sensitive: also protected by
-- another law, such as 42 CFR Part 2. What nobody defined yet counts as phi, and is quarantined: kept, and read by nothing.
alter table attributes
  add column tag text not null default 'phi' check (tag in ('none', 'limited', 'phi', 'sensitive')),
  add column sensitive_kind text check (sensitive_kind in ('substance-use', 'mental-health', 'hiv', 'reproductive', 'genetic')),
  add column defined_at timestamptz;
update attributes set tag = case when phi then 'phi' else 'none' end, defined_at = created_at;
alter table attributes
  drop column phi,
  add constraint attributes_sensitive check ((tag = 'sensitive') = (sensitive_kind is not null));
alter table attributes add column phi boolean not null generated always as (tag <> 'none') stored;

-- `sealed` holds {id, name, email, phone, attributes}; `attributes` only those tagged none. The marks are keyed hashes to
-- look people up by. `sealed` is null only inside the transaction that makes the row.
alter table contacts
  add column public_id_mark bytea,
  add column email_mark bytea,
  add column phone_mark bytea,
  add column name_tokens bytea[] not null default '{}',
  add column sealed bytea;
alter table events add column sealed bytea;
alter table enrollments add column trigger_sealed bytea;
alter table step_paths add column reads_sealed bytea;
alter table suppressions add column email_mark bytea;
alter table caught_mails
  add column contact_id bigint,
  add column head bytea,
  add column sealed bytea;

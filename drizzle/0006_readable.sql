-- By now everything about people is sealed (0005); the columns that anybody could read go.
alter table contacts
  drop column public_id,
  drop column name,
  drop column email,
  drop column phone,
  alter column public_id_mark set not null,
  add constraint contacts_public_id unique (public_id_mark);
create index contacts_email on contacts (email_mark) where email_mark is not null;
create index contacts_phone on contacts (phone_mark) where phone_mark is not null;
create index contacts_name on contacts using gin (name_tokens);

alter table suppressions drop column email, alter column email_mark set not null;
create unique index suppressions_email on suppressions (email_mark, scope, reason);

alter table caught_mails
  drop column envelope_from, drop column envelope_to, drop column subject, drop column raw,
  alter column head set not null,
  alter column sealed set not null;

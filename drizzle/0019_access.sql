-- Who may come in, how they show who they are, and what ends it (src/lib/server/auth).

alter table users
  -- Null: this person signs in without one, by a passkey or through the organisation's own sign-in.
  alter column password_hash drop not null,
  -- From then on nothing of theirs opens anything; the row stays, since what they did refers to it.
  add column deactivated_at timestamptz,
  -- Which mails they want, by kind; a kind that is not named is as the product has it.
  add column notifications jsonb not null default '{}',
  drop constraint users_role_check,
  add constraint users_role_check
    check (role in ('owner', 'marketer', 'manager', 'privacy-officer', 'integrator', 'operator'));

-- Earlier sessions know nothing of factors: everybody signs in once more.
delete from sessions;
alter table sessions
  add column way text not null check (way in ('password', 'passkey', 'sso')),
  -- When all factors that are asked for were last shown. Null: the second is still missing, and nothing opens but its page.
  add column proved_at timestamptz,
  -- For their user, who looks for a session that is not theirs.
  add column ip text,
  add column agent text;

create table totp (
  user_id integer primary key references users on delete cascade,
  -- The shared secret under the app's own key.
  sealed text not null,
  created_at timestamptz not null,
  -- Null until a first code of it came back: what was never scanned locks nobody out.
  confirmed_at timestamptz,
  -- The newest step of 30 seconds that a code was taken of; a code is good once.
  last_step bigint not null default 0
);

create table passkeys (
  -- The credential's id, base64url.
  id text primary key,
  user_id integer not null references users on delete cascade,
  name text not null,
  public_key bytea not null,
  sign_count bigint not null,
  transports text[] not null default '{}',
  created_at timestamptz not null,
  last_used_at timestamptz
);
create index passkeys_user on passkeys (user_id);

-- One is deleted as it is used.
create table recovery_codes (
  user_id integer not null references users on delete cascade,
  code_hash bytea not null,
  created_at timestamptz not null,
  primary key (user_id, code_hash)
);

-- Sign-ins and registrations under way: what was sent out and must come back once, such as a challenge, a state or a nonce.
create table ceremonies (
  id text primary key,
  kind text not null check (kind in ('passkey-add', 'passkey-sign-in', 'oidc', 'saml')),
  user_id integer references users on delete cascade,
  data jsonb not null,
  expires_at timestamptz not null
);
create index ceremonies_expired on ceremonies (expires_at);

-- A mailed link is `id.secret`, good once; accepting or revoking deletes the row.
create table invitations (
  id text primary key,
  secret_hash bytea not null,
  email text not null,
  role text not null check (role in ('owner', 'marketer', 'manager', 'privacy-officer', 'integrator', 'operator')),
  invited_by integer references users on delete set null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create unique index invitations_email on invitations (lower(email));

-- In test mode invitations and resets are caught: whoever reads such a mail could come in, so only who manages the team does.
alter table caught_mails add column opens_door boolean not null default false;

create table password_resets (
  id text primary key,
  secret_hash bytea not null,
  user_id integer not null references users on delete cascade,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index password_resets_user on password_resets (user_id);

-- The organisation's own sign-ins: an OpenID provider or a SAML identity provider.
create table sso_connections (
  id integer generated always as identity primary key,
  kind text not null check (kind in ('oidc', 'saml')),
  name text not null,
  -- Addresses, client id, certificates, and which group gives which role; as src/lib/server/auth/sso reads it.
  config jsonb not null,
  -- The client's secret under the app's own key, where there is one.
  sealed_secret text,
  -- Mail domains whose people it vouches for, in small letters.
  domains text[] not null default '{}',
  -- Whether people of these domains may sign in in no other way.
  enforced boolean not null default false,
  enabled boolean not null default true,
  created_at timestamptz not null
);

-- Whom a provider means by a subject. Never found by address: an address can be given to somebody else.
create table identities (
  connection_id integer not null references sso_connections on delete cascade,
  issuer text not null,
  subject text not null,
  user_id integer not null references users on delete cascade,
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  primary key (connection_id, issuer, subject)
);
create index identities_user on identities (user_id);

-- Assertions taken once; each is forgotten when it would be refused for its age.
create table saml_assertions (
  id text primary key,
  expires_at timestamptz not null
);

-- How often what was done lately: hashes of whom, and counts that lapse. Older versions made it at the first sign-in.
create table if not exists sign_in_tries (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);

-- Emergency access ("break glass"): somebody sees more than their role for a while. Why stands in the audit log, sealed.
create table emergencies (
  id integer generated always as identity primary key,
  user_id integer not null references users on delete cascade,
  began_at timestamptz not null,
  ends_at timestamptz not null,
  -- Who of the privacy officers and owners looked at it afterwards.
  reviewed_by integer references users on delete set null,
  reviewed_at timestamptz
);
create index emergencies_user on emergencies (user_id, ends_at);
create index emergencies_open on emergencies (began_at) where reviewed_at is null;

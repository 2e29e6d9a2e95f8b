-- Segments: people by a condition, or a list kept by hand. And what conditions (the journey language, §4) need in SQL beside
-- plain comparisons: each function has a twin in `src/lib/journey`, and both must give the same answer.

create table segments (
  slug text primary key check (slug ~ '^[a-z][a-z0-9-]{0,63}$'),
  name text not null,
  "where" jsonb, -- null: kept by hand
  created_at timestamptz not null default now()
);

create table segment_members (
  segment text not null references segments on update cascade on delete cascade,
  contact_id bigint not null references contacts on delete cascade,
  primary key (segment, contact_id)
);
create index segment_members_contact on segment_members (contact_id);

-- A JSON value as text or as a number; null where it is neither.
create function json_text(value jsonb) returns text language sql immutable parallel safe
  return case jsonb_typeof(value) when 'string' then value #>> '{}' end;
create function json_number(value jsonb) returns float8 language sql immutable parallel safe
  return case jsonb_typeof(value) when 'number' then value::float8 end;

-- An instant as ms since 1970, cut. Stable, as its body is, so that it is expanded in place.
create function epoch_ms(at timestamptz) returns bigint language sql stable parallel safe
  return floor(extract(epoch from at) * 1000)::bigint;

-- fold_text, the twin of `fold`: Unicode NFC, then simple lower-casing by a table of our own, since what a collation's lower()
-- does depends on the server. `100-12e/2+1` reads: U+0100, U+0102 … U+012E; the small letter is 1 further on.
do $make$
declare
  ranges constant text := '
    c0-d6+32 d8-de+32 100-12e/2+1 130-199 132-136/2+1 139-147/2+1 14a-176/2+1 178-121 179-17d/2+1 181+210
    182-184/2+1 186+206 187+1 189-18a+205 18b+1 18e+79 18f+202 190+203 191+1 193+205 194+207 196+211 197+209 198+1
    19c+211 19d+213 19f+214 1a0-1a4/2+1 1a6+218 1a7+1 1a9+218 1ac+1 1ae+218 1af+1 1b1-1b2+217 1b3-1b5/2+1 1b7+219
    1b8+1 1bc+1 1c4+2 1c5+1 1c7+2 1c8+1 1ca+2 1cb-1db/2+1 1de-1ee/2+1 1f1+2 1f2-1f4/2+1 1f6-97 1f7-56 1f8-21e/2+1
    220-130 222-232/2+1 23a+10795 23b+1 23d-163 23e+10792 241+1 243-195 244+69 245+71 246-24e/2+1 370-372/2+1 376+1
    37f+116 386+38 388-38a+37 38c+64 38e-38f+63 391-3a1+32 3a3-3ab+32 3cf+8 3d8-3ee/2+1 3f4-60 3f7+1 3f9-7 3fa+1
    3fd-3ff-130 400-40f+80 410-42f+32 460-480/2+1 48a-4be/2+1 4c0+15 4c1-4cd/2+1 4d0-52e/2+1 531-556+48
    10a0-10c5+7264 10c7+7264 10cd+7264 13a0-13ef+38864 13f0-13f5+8 1c89+1 1c90-1cba-3008 1cbd-1cbf-3008
    1e00-1e94/2+1 1e9e-7615 1ea0-1efe/2+1 1f08-1f0f-8 1f18-1f1d-8 1f28-1f2f-8 1f38-1f3f-8 1f48-1f4d-8 1f59-1f5f/2-8
    1f68-1f6f-8 1f88-1f8f-8 1f98-1f9f-8 1fa8-1faf-8 1fb8-1fb9-8 1fba-1fbb-74 1fbc-9 1fc8-1fcb-86 1fcc-9 1fd8-1fd9-8
    1fda-1fdb-100 1fe8-1fe9-8 1fea-1feb-112 1fec-7 1ff8-1ff9-128 1ffa-1ffb-126 1ffc-9 2126-7517 212a-8383 212b-8262
    2132+28 2160-216f+16 2183+1 24b6-24cf+26 2c00-2c2f+48 2c60+1 2c62-10743 2c63-3814 2c64-10727 2c67-2c6b/2+1
    2c6d-10780 2c6e-10749 2c6f-10783 2c70-10782 2c72+1 2c75+1 2c7e-2c7f-10815 2c80-2ce2/2+1 2ceb-2ced/2+1 2cf2+1
    a640-a66c/2+1 a680-a69a/2+1 a722-a72e/2+1 a732-a76e/2+1 a779-a77b/2+1 a77d-35332 a77e-a786/2+1 a78b+1 a78d-42280
    a790-a792/2+1 a796-a7a8/2+1 a7aa-42308 a7ab-42319 a7ac-42315 a7ad-42305 a7ae-42308 a7b0-42258 a7b1-42282
    a7b2-42261 a7b3+928 a7b4-a7c2/2+1 a7c4-48 a7c5-42307 a7c6-35384 a7c7-a7c9/2+1 a7cb-42343 a7cc-a7da/2+1
    a7dc-42561 a7f5+1 ff21-ff3a+32 10400-10427+40 104b0-104d3+40 10570-1057a+39 1057c-1058a+39 1058c-10592+39
    10594-10595+39 10c80-10cb2+64 10d50-10d65+32 118a0-118bf+32 16e40-16e5f+32 16ea0-16eb8+27 1e900-1e921+34';
  highest text;
  tables text[] := '{}';
begin
  foreach highest in array array['ff', '52f', '10ffff'] loop
    tables := tables || (
      with bounds as (
        select ('x' || lpad(part[1], 8, '0'))::bit(32)::integer as first,
          ('x' || lpad(coalesce(part[2], part[1]), 8, '0'))::bit(32)::integer as last,
          coalesce(part[3]::integer, 1) as step, part[4]::integer as shift
        from regexp_matches(ranges, '([0-9a-f]+)(?:-([0-9a-f]+))?(?:/(\d))?([+-]\d+)', 'g') as part
      )
      select array[string_agg(chr(letter), '' order by letter), string_agg(chr(letter + shift), '' order by letter)]
      from bounds cross join generate_series(bounds.first, bounds.last, step) as letter
      where letter <= ('x' || lpad(highest, 8, '0'))::bit(32)::integer
    );
  end loop;
  -- translate looks through its table for each letter, so text of the first letters takes a short one.
  execute format($fold$
    create function fold_text(value text) returns text language plpgsql immutable strict parallel safe as $$
    declare
      folded text;
    begin
      if octet_length(value) = length(value) then return lower(value collate "C"); end if;
      folded := lower(normalize(value, NFC) collate "C");
      if folded !~ '[^\u0001-\u00ff]' then return translate(folded, %L, %L); end if;
      if folded !~ '[^\u0001-\u052f]' then return translate(folded, %L, %L); end if;
      return translate(folded, %L, %L);
    end $$ $fold$, variadic tables);
end $make$;

-- `2026-03-01` as days since 1970, or null for what is no date of the calendar; the twin of `parseDay`.
create function read_day(value text) returns integer language plpgsql immutable strict parallel safe as $$
declare
  year integer;
  month integer;
  day integer;
begin
  if value !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' then return null; end if;
  year := left(value, 4);
  month := substr(value, 6, 2);
  day := right(value, 2);
  if month not between 1 and 12 or day < 1 or day > (case
    when month in (4, 6, 9, 11) then 30
    when month <> 2 then 31
    when year % 4 = 0 and (year % 100 <> 0 or year % 400 = 0) then 29
    else 28 end) then return null; end if;
  -- PostgreSQL knows no year 0; 400 years on, the calendar is the same.
  return make_date(year + 400, month, day) - date '2370-01-01';
end $$;

-- An RFC 3339 instant as ms since 1970, cut, or null; the twin of `parseInstant`.
-- Its parts stand at fixed places, for a regular expression that gives them back takes 25 times as long.
create function read_instant(value text) returns bigint language plpgsql immutable strict parallel safe as $$
declare
  day integer;
  minutes integer;
  zone integer := 1; -- how many letters the offset takes
begin
  if value !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$'
    then return null; end if;
  day := read_day(left(value, 10));
  minutes := substr(value, 12, 2)::integer * 60 + substr(value, 15, 2)::integer;
  if right(value, 1) not in ('Z', 'z') then
    zone := 6;
    minutes := minutes - (left(right(value, 6), 1) || '1')::integer * (left(right(value, 5), 2)::integer * 60 + right(value, 2)::integer);
  end if;
  return (day::bigint * 86400 + minutes * 60 + coalesce(nullif(substr(left(value, -zone), 18, 2), ''), '0')::integer) * 1000
    + rpad(substr(left(value, -zone), 21, 3), 3, '0')::integer;
end $$;

-- Local time by a table of a zone's clock changes, which the statement brings along: from `starts[n]` on the wall clock is
-- `offsets[n]` ms ahead of UTC. A server's own zone data may be older than the runtime's, and AT TIME ZONE takes the second
-- of two equal local times.
create function offset_at(starts bigint[], offsets integer[], at bigint) returns integer language sql immutable parallel safe
  return offsets[greatest(width_bucket(at, starts), 1)];

-- Days since 1970 of the local time of an instant; the twin of `localDayOf`.
create function day_at(starts bigint[], offsets integer[], at bigint) returns integer language sql immutable parallel safe
  return floor((at + offset_at(starts, offsets, at)) / 86400000.0)::integer;

-- The instant of a local time; the twin of `toInstant`.
create function to_instant(starts bigint[], offsets integer[], local bigint) returns bigint
language plpgsql immutable strict parallel safe as $$
declare
  before integer := offset_at(starts, offsets, local - 86400000);
  after integer := offset_at(starts, offsets, local + 86400000);
begin
  if before = after or offset_at(starts, offsets, local - before) = before then return local - before; end if;
  if offset_at(starts, offsets, local - after) = after then return local - after; end if;
  return local - before;
end $$;

-- The instant so many months and days on the calendar, and ms on the clock, after another; the twin of `addDuration`.
create function add_duration(at bigint, months integer, days integer, clock bigint, starts bigint[], offsets integer[])
returns bigint language plpgsql immutable strict parallel safe as $$
declare
  local bigint := at + offset_at(starts, offsets, at);
  day integer := floor(local / 86400000.0);
  moved integer := (date '1970-01-01' + day + make_interval(months => months))::date - date '1970-01-01' + days;
begin
  return to_instant(starts, offsets, moved * 86400000::bigint + local - day * 86400000::bigint) + clock;
end $$;

-- The first day from `today` on that a date comes round; 29 February comes on the 28th in other years. All in days since 1970.
create function next_anniversary(day integer, today integer) returns integer language plpgsql immutable strict parallel safe as $$
declare
  month integer := extract(month from date '1970-01-01' + day);
  day_of_month integer := extract(day from date '1970-01-01' + day);
  year integer := extract(year from date '1970-01-01' + today);
  found integer;
begin
  loop
    found := make_date(year, month, case
      when month = 2 and day_of_month = 29 and not (year % 4 = 0 and (year % 100 <> 0 or year % 400 = 0)) then 28
      else day_of_month end) - date '1970-01-01';
    if found >= today then return found; end if;
    year := year + 1;
  end loop;
end $$;

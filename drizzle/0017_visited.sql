-- Which steps an enrollment was at, as `visit hello:3 two-days`: every wake writes it anew, and as JSON it took three times
-- the room. The column stays in its place, so that what stands behind it need not be logged when it changes.
create function pg_temp.as_text(arrivals jsonb) returns text language sql immutable as $$
  select coalesce(string_agg(case value when '1' then key else key || ':' || value end, ' '), '') from jsonb_each_text(arrivals)
$$;
alter table enrollments alter column arrivals drop default;
alter table enrollments alter column arrivals type text using pg_temp.as_text(arrivals);
alter table enrollments alter column arrivals set default '';
alter table enrollments rename column arrivals to visited;

-- How often a step was visited.
create function visits_of(visited text, step text) returns integer language sql immutable parallel safe as $$
  select coalesce((
    select coalesce(nullif(split_part(part, ':', 2), ''), '1')::integer from unnest(string_to_array(visited, ' ')) as part
    where split_part(part, ':', 1) = step
  ), 0)
$$;

-- The same with one visit more.
create function with_visit(visited text, step text) returns text language sql immutable parallel safe as $$
  select case visits_of(visited, step)
    when 0 then concat_ws(' ', nullif(visited, ''), step)
    else (
      select string_agg(case split_part(part, ':', 1) when step then step || ':' || visits_of(visited, step) + 1 else part end, ' ' order by place)
      from unnest(string_to_array(visited, ' ')) with ordinality as p (part, place)
    )
  end
$$;

-- Filtered lists: a rule says who is on them, and rows beside it say who always and who never is.
-- Who that makes is kept in list_member like everybody else, so that all that reads lists goes on
-- unchanged. Only those of whom something changed are looked at again.

create table list_rule (
  list_id int primary key,
  rule json not null,
  named_lists int[] not null, -- lists that the rule asks for
  has_today boolean not null, -- it counts days from today
  is_due boolean not null default true, -- everybody is to be looked at
  evaluated_on date
);

-- Always and never include. `is_pending`: somebody was put on the list or taken off it like on any
-- other; if the rule says the same of them, no row is needed, which the next evaluation finds out.
create table list_exception (
  list_id int not null,
  person_id bigint not null,
  kind text not null check (kind in ('include', 'exclude')),
  is_pending boolean not null default false,
  primary key (list_id, person_id)
);
create index list_exception_person on list_exception (person_id);
create index list_exception_pending on list_exception (list_id, person_id) where is_pending;

-- People of whom something changed that a rule may ask for.
create table rule_due (
  person_id bigint primary key
);

-- Changes of a rule that wait for a yes.
create table held_rule (
  list_id int not null,
  hash text collate "C" not null,
  rule json not null,
  leavers text collate "C" not null, -- names exactly those who would leave
  expires_at timestamptz not null,
  primary key (list_id, hash)
);

-- ── what a value reads as: the same as in src/core/rule.ts ──────────────────────────────────────

-- The letters and what counts as blank come from there, so that both sides fold alike.
create function folded(value text, capitals text, smalls text, blanks text) returns text
language sql immutable parallel safe return
  btrim(
    case
      when octet_length(value) = length(value) then lower(value collate "C")
      else translate(normalize(value, nfkc), capitals, smalls)
    end,
    blanks
  ) collate "C";

create function as_number(value text) returns float8
language sql immutable parallel safe return
  case when value ~ '^[+-]?[0-9]{1,100}([.][0-9]{1,100})?$' then value::float8 end;

create function as_day(value text) returns date
language sql immutable parallel safe return
  case
    when value ~ '^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([Tt ].*)?$' then
      case
        when substr(value, 9, 2)::int <= extract(day from
          make_date(substr(value, 1, 4)::int, substr(value, 6, 2)::int, 1)
            + interval '1 month' - interval '1 day')
        then make_date(
          substr(value, 1, 4)::int, substr(value, 6, 2)::int, substr(value, 9, 2)::int)
      end
  end;

-- ── who is to be looked at again ────────────────────────────────────────────────────────────────

-- Whichever statement changes what a rule may ask for. Each does nothing but one look while there
-- is no filtered list. What changed is looked up in indexes, however many people there are.

create function rules_see_new_people() returns trigger language plpgsql
set search_path from current as $$
begin
  if exists (select from list_rule) then
    insert into rule_due select id from new_rows order by id on conflict do nothing;
  end if;
  return null;
end $$;
create trigger person_rules_insert after insert on person
  referencing new table as new_rows
  for each statement execute function rules_see_new_people();

create function rules_see_lost_people() returns trigger language plpgsql
set search_path from current as $$
begin
  if exists (select from list_rule) then
    insert into rule_due select id from old_rows order by id on conflict do nothing;
  end if;
  return null;
end $$;
create trigger person_rules_delete after delete on person
  referencing old table as old_rows
  for each statement execute function rules_see_lost_people();

create function rules_see_changed_people() returns trigger language plpgsql
set search_path from current as $$
begin
  if exists (select from list_rule) then
    insert into rule_due
    select changed.id from new_rows changed join old_rows before using (id)
    where (changed.name, changed.attributes, changed.principal_id, changed.opted_out_at)
      is distinct from (before.name, before.attributes, before.principal_id, before.opted_out_at)
    order by changed.id
    on conflict do nothing;
  end if;
  return null;
end $$;
create trigger person_rules_update after update on person
  referencing old table as old_rows new table as new_rows
  for each statement execute function rules_see_changed_people();

create function rules_see_addresses() returns trigger language plpgsql
set search_path from current as $$
begin
  if not exists (select from list_rule) then return null; end if;
  if tg_op <> 'DELETE' then
    insert into rule_due select distinct person_id from new_rows order by 1 on conflict do nothing;
  end if;
  if tg_op <> 'INSERT' then
    insert into rule_due select distinct person_id from old_rows order by 1 on conflict do nothing;
  end if;
  return null;
end $$;
create trigger address_rules_insert after insert on address
  referencing new table as new_rows
  for each statement execute function rules_see_addresses();
create trigger address_rules_update after update on address
  referencing old table as old_rows new table as new_rows
  for each statement execute function rules_see_addresses();
create trigger address_rules_delete after delete on address
  referencing old table as old_rows
  for each statement execute function rules_see_addresses();

create function rules_see_principals() returns trigger language plpgsql
set search_path from current
set enable_seqscan to off set enable_hashjoin to off set enable_mergejoin to off as $$
begin
  if exists (select from list_rule) then
    insert into rule_due
    select distinct person.id
    from new_rows changed
    join old_rows before using (id)
    join person on person.principal_id = changed.id
    where (changed.name, changed.kind, changed.is_enabled, changed.deleted, changed.attributes)
      is distinct from (before.name, before.kind, before.is_enabled, before.deleted, before.attributes)
    order by 1
    on conflict do nothing;
  end if;
  return null;
end $$;
create trigger principal_rules_update after update on principal
  referencing old table as old_rows new table as new_rows
  for each statement execute function rules_see_principals();

create function rules_see_consent() returns trigger language plpgsql
set search_path from current as $$
begin
  insert into rule_due
  select distinct person_id from changed_rows join list_rule using (list_id)
  order by 1 on conflict do nothing;
  return null;
end $$;
create trigger consent_rules_insert after insert on consent
  referencing new table as changed_rows
  for each statement execute function rules_see_consent();
create trigger consent_rules_delete after delete on consent
  referencing old table as changed_rows
  for each statement execute function rules_see_consent();

create function rules_see_tenant() returns trigger language plpgsql
set search_path from current as $$
begin
  if tg_op = 'INSERT' or new.verified_domains is distinct from old.verified_domains then
    update list_rule set is_due = true;
  end if;
  return null;
end $$;
create trigger tenant_rules after insert or update on tenant
  for each row execute function rules_see_tenant();

-- ── memberships by hand, by a run, by an import ─────────────────────────────────────────────────

-- Whoever puts somebody on a filtered list or takes them off it, other than the evaluation itself,
-- says something that the rule does not: it is kept beside the rule. A wish of the person's own
-- stands in consent and needs no row here.

create function rules_see_members() returns trigger language plpgsql
set search_path from current as $$
begin
  if current_setting('muster.evaluates', true) = 'on' then return null; end if;
  if not exists (select from list_rule) then return null; end if;
  insert into list_exception (list_id, person_id, kind, is_pending)
  select list_id, person_id, case tg_op when 'INSERT' then 'include' else 'exclude' end, true
  from member_rows join list_rule using (list_id)
  where not exists (
    select from consent
    where consent.list_id = member_rows.list_id and consent.person_id = member_rows.person_id)
  order by list_id, person_id
  on conflict (list_id, person_id) do update set kind = excluded.kind, is_pending = true
  where list_exception.kind <> excluded.kind;
  insert into rule_due
  select distinct person_id from member_rows
  where exists (
    select from list_rule
    where list_rule.list_id = member_rows.list_id
      or member_rows.list_id = any (list_rule.named_lists))
  order by 1 on conflict do nothing;
  return null;
end $$;
create trigger list_member_rules_insert after insert on list_member
  referencing new table as member_rows
  for each statement execute function rules_see_members();
create trigger list_member_rules_delete after delete on list_member
  referencing old table as member_rows
  for each statement execute function rules_see_members();

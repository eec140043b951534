-- Which database this is, as PostgreSQL itself tells it, so that one that was restored or copied
-- knows that it is another.
create table home (
  is_only boolean primary key default true check (is_only),
  database_oid bigint not null,
  system_id text, -- null where our account may not ask
  timeline int
);

-- What both sides last agreed on is not known any more, and nobody has said yet what that means.
alter table link add column lost_base boolean not null default false;

-- Whether the directory's news has told of a write of ours since: until it has, such news may be no
-- more than that write's echo.
alter table intent add column is_echoed boolean not null default false;

-- News that may be the echo of an earlier write of ours, where a later one was the opposite.
alter table member_suspect add column may_be_echo boolean not null default false;
alter table doubt add column may_be_echo boolean not null default false;

-- Where a reading from the beginning ended, and when everything is to be listed once more beside what
-- changed since then: a list may lack what happened in the minutes before.
alter table directory_cursor add column first_value text;
alter table directory_cursor add column list_again_at timestamptz;

alter table member_stage rename column is_restart to is_listed;
alter table member_stage add column is_again boolean not null default false;

-- Named by a list only, and not by what changed.
alter table member_news add column is_listed boolean not null default false;

-- What others were seen to do lately, which a late list does not undo.
create index event_seen on event (group_id, at) where what in ('seen-joined', 'seen-left');

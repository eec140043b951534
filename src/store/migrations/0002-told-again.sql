-- When a reading was kept, so that the next one knows what the directory had been asked about.
alter table directory_cursor add column kept_at timestamptz;

-- Members of the base who have left the list, and of whom the directory then told as added to the
-- group anew: they were taken out and put in again between two readings. Kept until a run has
-- carried out what became of them.
create table rejoined (
  link_id int not null,
  principal_id uuid not null,
  primary key (link_id, principal_id)
);

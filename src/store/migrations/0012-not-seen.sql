-- Accounts that were missing from a list of people that was not whole. They are in no bin, so what was
-- agreed on is not put aside for them.
alter table principal drop constraint principal_deleted_check;
alter table principal add constraint principal_deleted_check
  check (deleted in ('no', 'unseen', 'soft', 'hard'));

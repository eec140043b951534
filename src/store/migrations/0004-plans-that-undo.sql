-- The run that a plan would turn round; null for a plan that brings both sides into step.
alter table plan add column undoes bigint;

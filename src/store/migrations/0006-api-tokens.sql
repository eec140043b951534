-- What programs sign in with. Of the secret itself only its SHA-256 is kept: it is 256 bits of
-- chance, so that nothing slower is needed. A name is free again once its token was revoked.
create table api_token (
  id int generated always as identity primary key,
  name text not null,
  name_key text collate "C" not null,
  digest bytea not null unique,
  created_at timestamptz not null,
  created_by text not null,
  revoked_at timestamptz
);
create unique index api_token_in_force on api_token (name_key) where revoked_at is null;

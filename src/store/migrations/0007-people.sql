-- Fields that an administrator added to those of the directory. Their values are in
-- person.attributes, under the key.
create table field (
  key text collate "C" primary key,
  name text not null,
  name_key text collate "C" not null unique,
  type text not null check (type in ('text', 'number', 'date', 'yes-no')),
  created_at timestamptz not null
);

-- Addresses from which mail comes back, with what is known of it.
create table undeliverable (
  address_key text collate "C" primary key,
  code text,
  says text,
  seen_at timestamptz not null, -- when mail came back
  marked_at timestamptz not null,
  done_by text not null
);

-- Accounts whose person was deleted here while a linked group still had them. Until it has them no
-- more, nothing that is written of them names them.
create table forgotten (
  principal_id uuid primary key
);

-- Looking for people by how a name or a surname begins. Addresses have their key.
create index person_name on person ((lower(name) collate "C"));
create index person_surname on person ((lower(substring(name from '[^ ]+$')) collate "C"));

-- People whom no run can bring into a group: few, and asked for by list.
create index person_adrift on person (id)
  where identity in ('unmatched', 'gone', 'dormant', 'replaced', 'disputed');

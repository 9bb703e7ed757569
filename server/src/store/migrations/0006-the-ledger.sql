-- The ledger: what was done with personal data and whom it was told, as a log that only grows (RFC 6962).

-- Owner: vaults -------------------------------------------------------------------------------------------

-- The public half of the key that signs checkpoints; the private one is in the key file.
alter table letterkeep add column ledger_key bytea; --: system | server | while the server lives | row

-- Owner: privacy ------------------------------------------------------------------------------------------

-- What an event says, with the salt of its commitment, sealed to whom it is about. When the row is gone, its leaf
-- says nothing to anybody any more; the leaf itself stays.
create table ledger_detail (                       --: table per-account
  account_id bigint not null references account on delete cascade, --: system | account | while the account lives | row
  leaf_hash bytea not null,                        --: system | account | while the account lives | row
  sealed bytea not null,                           --: user.ledger.sealed | account | while the account lives | row
  created_at timestamptz not null,                 --: system | account | while the account lives | row
  primary key (account_id, leaf_hash)
);

-- Events that have no number yet: written in the action's transaction, in the order in which they come.
create table ledger_waiting (                      --: table server
  waiting_id bigint generated always as identity primary key, --: system | server | until it is numbered, seconds | row
  data bytea not null,                             --: system | server | until it is numbered, seconds | row
  mac bytea not null,                              --: system | server | until it is numbered, seconds | row
  created_at timestamptz not null                  --: system | server | until it is numbered, seconds | row
);

-- The log itself, from 0 on without a gap. Public: `data` holds a commitment, or what is about nobody.
create table ledger_leaf (                         --: table server
  leaf bigint primary key,                         --: system | server | while the server lives | never: it tells nothing of anybody
  data bytea not null,                             --: system | server | while the server lives | never: it tells nothing of anybody
  hash bytea not null,                             --: system | server | while the server lives | never: it tells nothing of anybody
  created_at timestamptz not null                  --: system | server | while the server lives | never: it tells nothing of anybody
);
create unique index ledger_leaf_hash on ledger_leaf (hash);

-- Hashes of the tree in tiles of 256, 32 bytes each (C2SP tlog-tiles); the last of each level still grows.
create table ledger_tile (                         --: table server
  level smallint not null,                         --: system | server | while the server lives | never: it tells nothing of anybody
  no bigint not null,                              --: system | server | while the server lives | never: it tells nothing of anybody
  hashes bytea not null,                           --: system | server | while the server lives | never: it tells nothing of anybody
  primary key (level, no)
);
alter table ledger_tile alter column hashes set storage external;

-- Every checkpoint that was signed.
create table ledger_checkpoint (                   --: table server
  size bigint primary key,                         --: system | server | while the server lives | never: it tells nothing of anybody
  note text not null,                              --: system | server | while the server lives | never: it tells nothing of anybody
  created_at timestamptz not null                  --: system | server | while the server lives | never: it tells nothing of anybody
);

-- Each account's events are numbered 1, 2, 3, … so that one whose detail was taken out of the database is missed.

-- Owner: privacy ------------------------------------------------------------------------------------------

-- How many events there are about an account. `mac` is over both; what the tree holds outweighs it (count-rows.ts).
create table ledger_count (                        --: table per-account
  account_id bigint primary key references account on delete cascade, --: system | account | while the account lives | row
  events bigint not null,                          --: system | account | while the account lives | row
  mac bytea not null                               --: system | account | while the account lives | row | hashed
);

-- Over account, leaf and what is sealed; null in rows from before.
alter table ledger_detail add column mac bytea;    --: system | account | while the account lives | row | hashed

-- Where the leaf says that it stands among the events about somebody: a hash that nobody can make who lacks the key
-- file, or the public key that goes with the account. Null in leaves about nobody, and in those from before.
alter table ledger_leaf add column place bytea;    --: system | server | while the server lives | never: it tells nothing of anybody | hashed
create index ledger_leaf_place on ledger_leaf (place) where place is not null;

-- The name of a log that was begun when names did not hold the database's incarnation; null in all others.
alter table letterkeep add column ledger_origin text; --: system | server | while the server lives | row
update letterkeep set ledger_origin = 'letterkeep-ledger/' || key_file_id
  where exists (select from ledger_checkpoint);

-- What was agreed with whom outside, and what the policy said, carry a MAC: who writes the database agrees to nothing.

-- Owner: privacy ------------------------------------------------------------------------------------------

-- What the operator has said of recipients: one list, 1, 2, 3, … without a gap, in which nothing is changed and nothing
-- taken back. `mac` is over all the rest; the ledger has each number too, so that one missing at the end is noticed.
-- 'begun-anew': what stood before counts no more.
create table agreement_entry (                     --: table server
  number bigint primary key,                       --: system | server | while the server lives | row
  says text not null check (says in ('agreed', 'ended', 'begun-anew')), --: system | server | while the server lives | row
  recipient text not null,                         --: system | server | while the server lives | row
  purposes text[] not null,                        --: system | server | while the server lives | row
  fields text[] not null,                          --: system | server | while the server lives | row
  country text check (country ~ '^[A-Z]{2}$'),     --: system | server | while the server lives | row
  ground text,                                     --: system | server | while the server lives | row
  until timestamptz,                               --: system | server | while the server lives | row
  said_at timestamptz not null,                    --: system | server | while the server lives | row
  mac bytea not null                               --: system | server | while the server lives | row | hashed
);
create index agreement_entry_anew on agreement_entry (number) where says = 'begun-anew';

-- `agreement` is read once more, at the first start with this schema, and written into the list. It stays as it is.

-- The leaves that say what was written into the list, and what was published: the newest of them is looked at.
create index ledger_leaf_agreement on ledger_leaf (leaf)
  where substring(data from 1 for 30) = 'letterkeep ledger 1\012agreement\012'::bytea;
create index ledger_leaf_policy on ledger_leaf (leaf)
  where substring(data from 1 for 35) = 'letterkeep ledger 1\012policy-version\012'::bytea;

-- Which version of the policy a choice was made under: the label that everybody can look up, "1.2".
alter table choice alter column policy_version type text using policy_version::text;

-- Over number, rules, edition, hash and time. Null in versions from before: those are held against the ledger.
alter table policy_version add column mac bytea;   --: system | server | while the server lives | never: it is public | hashed

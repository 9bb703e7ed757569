-- Mail filters, which run on what comes, and what they have to remember between two messages.

-- Owner: people -------------------------------------------------------------------------------------------

-- Sealed to the server, which runs them while nobody is signed in. `mac` is over all but the time: whoever can write to
-- the database gives nobody a filter, and makes none of theirs active. Many rows, one of them active at most.
create table filter_script (                       --: table per-account
  account_id bigint not null references account on delete cascade, --: system | account | while the filter lives | row
  filter_id int not null,                          --: user.preferences | account | while the filter lives | row
  is_active boolean not null,                      --: user.preferences | account | while the filter lives | row
  name_sealed bytea not null,                      --: user.content.private.filters | account | while the filter lives | row | sealed to the server
  script_sealed bytea not null,                    --: user.content.private.filters | account | while the filter lives | row | sealed to the server
  mac bytea not null,                              --: user.content.private.filters | account | while the filter lives | row | hashed
  changed_at timestamptz not null,                 --: user.preferences | account | while the filter lives | row
  primary key (account_id, filter_id)
);
create unique index filter_script_active on filter_script (account_id) where is_active;

-- Which message came before, and whom an answer or a copy went to: keyed hashes, good until a time. Rows are only added,
-- in the transaction that keeps the message: the same hash may stand here twice. The server's worker takes out the old.
create table filter_memory (                       --: table per-account
  account_id bigint not null references account on delete cascade, --: system | account | until its time | row
  hash bytea not null,                             --: user.communications.hashed | account | until its time | row | hashed
  memory_id bigint not null,                       --: system | account | until its time | row
  kind smallint not null,                          --: user.communications.metadata | account | until its time | row
  until timestamptz not null,                      --: user.communications.metadata | account | until its time | row
  primary key (account_id, hash, memory_id)
);
create index filter_memory_until on filter_memory (until);

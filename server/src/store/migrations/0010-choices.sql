-- What people have chosen. Rows are only ever added: the newest of a choice is the one that holds, all together are its
-- history.

-- Owner: privacy ------------------------------------------------------------------------------------------

-- In the clear: the gate must know a choice while nobody is signed in. `mac` is over all the rest.
create table choice (                              --: table per-account
  account_id bigint not null references account on delete cascade, --: system | account | while the account lives | row
  version bigint not null,                         --: user.preferences | account | while the account lives | row
  choice text not null,                            --: user.preferences | account | while the account lives | row
  value text not null check (value in ('yes', 'no')), --: user.preferences | account | while the account lives | row
  made_by text not null check (made_by in ('person', 'browser-signal')), --: user.preferences | account | while the account lives | row
  policy_version int not null,                     --: system | account | while the account lives | row
  wording text not null,                           --: user.preferences | account | while the account lives | row
  made_at timestamptz not null,                    --: user.preferences | account | while the account lives | row
  mac bytea not null,                              --: user.preferences | account | while the account lives | row | hashed
  primary key (account_id, version)
);

-- A transaction says for whom it works, and is shown no other account's rows.
alter table choice enable row level security;
create policy of_this_account on choice
  using (account_id = nullif(current_setting('letterkeep.account', true), '')::bigint);

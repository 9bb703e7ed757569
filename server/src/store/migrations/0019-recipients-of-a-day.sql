-- How many recipients an account has written to today, so that a stolen password sends no more than so much.

-- Owner: sending ------------------------------------------------------------------------------------------

create table sent_today (                          --: table per-account
  account_id bigint primary key references account on delete cascade, --: system | account | while the account lives | row
  day int not null,                                --: user.communications.metadata | account | until the account sends on another day | row
  recipients int not null                          --: user.communications.metadata | account | until the account sends on another day | row
) with (fillfactor = 50);

-- Owner: messages -----------------------------------------------------------------------------------------

-- One program at a time reads an account by POP3 (RFC 1939 §4), whichever node it has come to.
create table maildrop_lease (                      --: table per-account
  account_id bigint primary key references account on delete cascade, --: system | account | while a program reads by POP3 | row
  holder bytea not null,                           --: system | account | while a program reads by POP3 | row
  ends_at timestamptz not null                     --: user.communications.metadata | account | while a program reads by POP3 | row
);

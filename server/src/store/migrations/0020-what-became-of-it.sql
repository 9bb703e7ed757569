-- What became of what a person sent: sealed to them, for them alone to see, for 30 days.

-- Owner: sending ------------------------------------------------------------------------------------------

-- `at`: when the message could first be sent.
create table sent_mail (                           --: table per-account
  account_id bigint not null references account on delete cascade, --: system | account | 30 days | row
  mail_id bigint not null,                         --: system | account | 30 days | row
  at timestamptz not null,                         --: user.communications.metadata | account | 30 days | row
  seal_key_id bigint not null,                     --: system | account | 30 days | row
  data bytea not null,                             --: user.content.private.sealed | account | 30 days | row | sealed to the person
  primary key (account_id, mail_id)
);
create index sent_mail_newest on sent_mail (account_id, at desc, mail_id);

-- What was tried, and with what outcome; some of its recipients together.
create table sent_event (                          --: table per-account
  account_id bigint not null references account on delete cascade, --: system | account | 30 days | row
  mail_id bigint not null,                         --: system | account | 30 days | row
  event_id bigint not null,                        --: system | account | 30 days | row
  at timestamptz not null,                         --: user.communications.metadata | account | 30 days | row
  seal_key_id bigint not null,                     --: system | account | 30 days | row
  data bytea not null,                             --: user.content.private.sealed | account | 30 days | row | sealed to the person
  primary key (account_id, mail_id, event_id)
);
create index sent_mail_at on sent_mail using brin (at);
create index sent_event_at on sent_event using brin (at);

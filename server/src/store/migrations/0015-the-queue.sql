-- The queue: mail on its way out. What it says, whom it is for and what was answered is sealed to the server, which has
-- to hand it over when its sender is gone; it goes as soon as that is done.

-- Owner: vaults -------------------------------------------------------------------------------------------

-- One for each process and day (UTC), under a subkey of an epoch: what was sealed under it opens in no backup that is
-- older than the epochs that the key file still has. Of nobody: mail of all accounts is sealed under it.
create table queue_key (                           --: table server
  queue_key_id bigint primary key,                 --: system | server | while mail that waits needs it | row and epoch key
  epoch int not null references key_epoch,         --: system | server | while mail that waits needs it | row and epoch key
  made_at timestamptz not null,                    --: system | server | while mail that waits needs it | row and epoch key
  data bytea not null                              --: system | server | while mail that waits needs it | row and epoch key | sealed to the server
);
create index queue_key_epoch on queue_key (epoch);

-- Owner: sending ------------------------------------------------------------------------------------------

create table queued_mail (                         --: table per-account
  account_id bigint not null references account on delete cascade, --: system | account | until it is handed over or given up | row
  mail_id bigint not null,                         --: system | account | until it is handed over or given up | row
  queue_key_id bigint not null,                    --: system | account | until it is handed over or given up | row
  size bigint not null,                            --: user.communications.metadata | account | until it is handed over or given up | row
  received_at timestamptz not null,                --: user.communications.metadata | account | until it is handed over or given up | row
  not_before timestamptz not null,                 --: user.communications.metadata | account | until it is handed over or given up | row
  expires_at timestamptz not null,                 --: user.communications.metadata | account | until it is handed over or given up | row
  envelope bytea not null,                         --: user.content.private.queued | account | until it is handed over or given up | row and queue key | sealed to the server
  primary key (account_id, mail_id)
);

create table queued_body (                         --: table per-account
  account_id bigint not null,                      --: system | account | until it is handed over or given up | row
  mail_id bigint not null,                         --: system | account | until it is handed over or given up | row
  no int not null,                                 --: system | account | until it is handed over or given up | row
  data bytea not null,                             --: user.content.private.queued | account | until it is handed over or given up | row and queue key | sealed to the server
  primary key (account_id, mail_id, no),
  foreign key (account_id, mail_id) references queued_mail on delete cascade
) with (toast_tuple_target = 8160);
alter table queued_body alter column data set storage external;

-- `destination`: a keyed hash of its domain, so that claims are spread over domains without opening anything. `lease`:
-- whose hands it is in; until `due_at` no others take it. Without one, `due_at` is when it is tried next. `answer`: what
-- came of the last try, under a key of that day.
create table queued_recipient (                    --: table per-account
  account_id bigint not null,                      --: system | account | until it is handed over or given up | row
  mail_id bigint not null,                         --: system | account | until it is handed over or given up | row
  no int not null,                                 --: system | account | until it is handed over or given up | row
  destination uuid not null,                       --: user.communications.hashed | account | until it is handed over or given up | row | hashed
  held boolean not null default false,             --: user.communications.metadata | account | until it is handed over or given up | row
  due_at timestamptz not null,                     --: user.communications.metadata | account | until it is handed over or given up | row
  lease bigint,                                    --: system | account | until it is handed over or given up | row
  attempts int not null default 0,                 --: user.communications.metadata | account | until it is handed over or given up | row
  told_of_delay boolean not null default false,    --: user.communications.metadata | account | until it is handed over or given up | row
  data bytea not null,                             --: user.content.private.queued | account | until it is handed over or given up | row and queue key | sealed to the server
  answer_key_id bigint,                            --: system | account | until it is handed over or given up | row
  answer bytea,                                    --: user.content.private.queued | account | until it is handed over or given up | row and queue key | sealed to the server
  primary key (account_id, mail_id, no),
  foreign key (account_id, mail_id) references queued_mail on delete cascade
) with (fillfactor = 70);
create index queued_recipient_due on queued_recipient (due_at) where not held;
create index queued_recipient_destination on queued_recipient (destination, due_at) where not held;

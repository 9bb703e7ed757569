-- The sealed index: entries of arrivals are merged, in a live session, into sealed segments.

-- Where a summary lies is found by the message's number: these were never used.
alter table email drop column block;
alter table email drop column slot;

-- Owner: vaults -------------------------------------------------------------------------------------------

-- One for each segment: sealed to the vault, and around that under an epoch key. Without it a segment is noise.
create table segment_key (                         --: table per-account
  account_id bigint not null references account on delete cascade, --: system | account | while the account lives | row
  segment_id bigint not null,                      --: user.keys.wrapped | account | while the segment lives | row, vault key and epoch key
  generation int not null,                         --: user.keys.wrapped | account | while the segment lives | row, vault key and epoch key
  epoch int not null references key_epoch,         --: user.keys.wrapped | account | while the segment lives | row, vault key and epoch key
  data bytea not null,                             --: user.keys.wrapped | account | while the segment lives | row, vault key and epoch key
  primary key (account_id, segment_id)
);
create index segment_key_epoch on segment_key (epoch);

-- Owner: messages -----------------------------------------------------------------------------------------

-- Each merge counts up: readers see by it that the segments they know are not those that are.
create table idx_list (                            --: table per-account
  account_id bigint primary key references account on delete cascade, --: system | account | while the account lives | row
  version bigint not null                          --: system | account | while the account lives | row
);

-- The messages lo to hi, as far as they lived when it was made. It never changes.
create table idx_segment (                         --: table per-account
  account_id bigint not null,                      --: system | account | while a message of it lives | row
  segment_id bigint not null,                      --: system | account | while a message of it lives | row
  level smallint not null,                         --: system | account | while a message of it lives | row
  lo bigint not null,                              --: user.communications.metadata | account | while a message of it lives | row
  hi bigint not null,                              --: user.communications.metadata | account | while a message of it lives | row
  docs int not null,                               --: user.communications.metadata | account | while a message of it lives | row
  pages int not null,                              --: user.communications.metadata | account | while a message of it lives | row
  root bytea not null,                             --: user.content.private.sealed | account | while a message of it lives | row and segment key
  created_at timestamptz not null default now(),   --: system | account | while a message of it lives | row
  primary key (account_id, segment_id)
) with (toast_tuple_target = 8160);
alter table idx_segment alter column root set storage external;
create index idx_segment_place on idx_segment (account_id, lo);

-- Of one size, whatever is in them.
create table idx_page (                            --: table per-account
  account_id bigint not null,                      --: system | account | while a message of it lives | row
  segment_id bigint not null,                      --: system | account | while a message of it lives | row
  kind smallint not null,                          --: system | account | while a message of it lives | row
  no int not null,                                 --: system | account | while a message of it lives | row
  data bytea not null,                             --: user.content.private.sealed | account | while a message of it lives | row and segment key
  primary key (account_id, segment_id, kind, no)
) with (toast_tuple_target = 8160);
alter table idx_page alter column data set storage external;

-- Messages that are gone and may still be in a segment.
create table idx_tombstone (                       --: table per-account
  account_id bigint not null,                      --: system | account | until its segment is rewritten | row
  id bigint not null,                              --: user.communications.metadata | account | until its segment is rewritten | row
  at timestamptz not null default now(),           --: user.communications.metadata | account | until its segment is rewritten | row
  primary key (account_id, id)
);

-- Where the text of a long entry begins, which a list does not read. Null: the entry is one piece.
alter table idx_entry add column head_bytes int; --: system | account | while the message lives | row

-- The first house: organisations, people, keys, mail.
--
-- Every table says whose it is:     --: table per-account | per-org | server
-- Every column says what it holds:  --: category | owner path | retention | way of erasure
-- The migration runner reads these tags, writes them into the database as column comments, and
-- `npm run check` refuses a column without one. Ids stay below 2^53, so a JavaScript number holds them.

-- One row: which database this is. Owner: store.
create table letterkeep (                          --: table server
  only_row boolean primary key default true check (only_row), --: system | server | while the server lives | row
  incarnation uuid not null,                       --: system | server | while the server lives | row
  key_file_id uuid,                                --: system | server | while the server lives | row
  created_at timestamptz not null default now()    --: system | server | while the server lives | row
);

-- Owner: people -------------------------------------------------------------------------------------------

create table org (                                 --: table per-org
  org_id bigint generated always as identity primary key, --: system | org | while the organisation lives | row
  name text not null,                              --: user.organisation | org | while the organisation lives | row
  created_at timestamptz not null default now()    --: system | org | while the organisation lives | row
);

create table domain (                              --: table per-org
  org_id bigint not null references org,           --: system | org | while the organisation lives | row
  domain text not null,                            --: user.organisation | org | while the organisation lives | row
  created_at timestamptz not null default now(),   --: system | org | while the organisation lives | row
  primary key (org_id, domain)
);
create unique index domain_name on domain (domain);

create table account (                             --: table per-account
  account_id bigint generated always as identity primary key, --: system | account | while the account lives | row
  org_id bigint not null references org,           --: system | account | while the account lives | row
  role text not null check (role in ('person', 'administrator')), --: system | account | while the account lives | row
  credential_generation int not null default 1,    --: system | account | while the account lives | row
  created_at timestamptz not null default now()    --: system | account | while the account lives | row
);
create index account_org on account (org_id, account_id);

-- Addresses are looked up before we know whose they are. Lower case, domain in A-label form.
create table address (                             --: table server
  address text primary key,                        --: user.contact.email | account | while the account lives | row
  account_id bigint not null references account on delete cascade, --: system | account | while the account lives | row
  kind text not null check (kind in ('primary', 'alias')), --: system | account | while the account lives | row
  mac bytea not null,                              --: user.keys.public | account | while the account lives | row
  created_at timestamptz not null default now()    --: system | account | while the account lives | row
);
create index address_account on address (account_id);

create table credential (                          --: table per-account
  account_id bigint not null references account on delete cascade, --: system | account | while the account lives | row
  credential_id bigint not null,                   --: system | account | while the credential lives | row
  kind text not null check (kind in ('password', 'app-password', 'recovery')), --: user.credentials | account | while the credential lives | row
  protocols text[] not null,                       --: user.credentials | account | while the credential lives | row
  label_sealed bytea,                              --: user.credentials | account | while the credential lives | row
  kdf jsonb not null,                              --: user.credentials | account | while the credential lives | row
  verify bytea not null,                           --: user.credentials | account | while the credential lives | row
  created_at timestamptz not null default now(),   --: user.credentials | account | while the credential lives | row
  last_used_on date,                               --: user.credentials | account | while the credential lives | row
  primary key (account_id, credential_id)
);

create table sender_rule (                         --: table per-account
  account_id bigint not null references account on delete cascade, --: system | account | while the account lives | row
  rule_id bigint not null,                         --: system | account | while the rule lives | row
  subject_hash bytea not null,                     --: user.contacts.hashed | account | while the rule lives | row
  action text not null check (action in ('allow', 'block')), --: user.preferences | account | while the rule lives | row
  pattern_sealed bytea not null,                   --: user.contacts.sealed | account | while the rule lives | row
  mac bytea not null,                              --: user.keys.public | account | while the rule lives | row
  created_at timestamptz not null default now(),   --: system | account | while the rule lives | row
  primary key (account_id, rule_id)
);
create unique index sender_rule_subject on sender_rule (account_id, subject_hash);

-- Owner: vaults -------------------------------------------------------------------------------------------

create table key_epoch (                           --: table server
  epoch int primary key,                           --: system | server | while the server lives | row
  key_mac bytea not null,                          --: system | server | while the server lives | row
  created_at timestamptz not null,                 --: system | server | while the server lives | row
  superseded_at timestamptz,                       --: system | server | while the server lives | row
  ended_at timestamptz                             --: system | server | while the server lives | row
);

create table vault (                               --: table per-account
  account_id bigint not null references account on delete cascade, --: system | account | while the account lives | row
  generation int not null,                         --: system | account | while the account lives | row
  public_key bytea not null,                       --: user.keys.public | account | while the account lives | row
  mac bytea not null,                              --: user.keys.public | account | while the account lives | row
  created_at timestamptz not null default now(),   --: system | account | while the account lives | row
  primary key (account_id, generation)
);

create table wrap (                                --: table per-account
  account_id bigint not null references account on delete cascade, --: system | account | while the account lives | row
  generation int not null,                         --: system | account | while the account lives | row
  holder_kind text not null check (holder_kind in ('password', 'app-password', 'recovery')), --: user.keys.wrapped | account | while the credential lives | row and epoch key
  holder_id bigint not null,                       --: user.keys.wrapped | account | while the credential lives | row and epoch key
  epoch int not null references key_epoch,         --: user.keys.wrapped | account | while the credential lives | row and epoch key
  data bytea not null,                             --: user.keys.wrapped | account | while the credential lives | row and epoch key
  created_at timestamptz not null default now(),   --: user.keys.wrapped | account | while the credential lives | row and epoch key
  primary key (account_id, generation, holder_kind, holder_id)
);
create index wrap_epoch on wrap (epoch);

create table seal_key (                            --: table per-account
  account_id bigint not null references account on delete cascade, --: system | account | while the account lives | row
  seal_key_id bigint not null,                     --: user.keys.wrapped | account | while a sealed object needs it | row and vault key
  generation int not null,                         --: user.keys.wrapped | account | while a sealed object needs it | row and vault key
  sealed bytea not null,                           --: user.keys.wrapped | account | while a sealed object needs it | row and vault key
  created_at timestamptz not null default now(),   --: user.keys.wrapped | account | while a sealed object needs it | row and vault key
  primary key (account_id, seal_key_id)
);

-- Owner: messages -----------------------------------------------------------------------------------------

create table mail_state (                          --: table per-account
  account_id bigint primary key references account on delete cascade, --: system | account | while the account lives | row
  modseq bigint not null default 1,                --: user.communications.metadata | account | while the account lives | row
  email_next bigint not null default 1,            --: user.communications.metadata | account | while the account lives | row
  mailbox_next int not null default 1,             --: user.communications.metadata | account | while the account lives | row
  messages bigint not null default 0,              --: user.communications.metadata | account | while the account lives | row
  used_bytes bigint not null default 0,            --: user.communications.metadata | account | while the account lives | row
  quota_bytes bigint                               --: user.preferences | account | while the account lives | row
) with (fillfactor = 50);

create table mailbox (                             --: table per-account
  account_id bigint not null references account on delete cascade, --: system | account | while the mailbox lives | row
  mailbox_id int not null,                         --: user.communications.metadata | account | while the mailbox lives | row
  name_sealed bytea not null,                      --: user.content.private.sealed | account | while the mailbox lives | row
  role text,                                       --: user.communications.metadata | account | while the mailbox lives | row
  uid_validity bigint not null,                    --: user.communications.metadata | account | while the mailbox lives | row
  uid_next bigint not null default 1,              --: user.communications.metadata | account | while the mailbox lives | row
  modseq bigint not null default 1,                --: user.communications.metadata | account | while the mailbox lives | row
  total bigint not null default 0,                 --: user.communications.metadata | account | while the mailbox lives | row
  unseen bigint not null default 0,                --: user.communications.metadata | account | while the mailbox lives | row
  bytes bigint not null default 0,                 --: user.communications.metadata | account | while the mailbox lives | row
  created_at timestamptz not null default now(),   --: user.communications.metadata | account | while the mailbox lives | row
  primary key (account_id, mailbox_id)
) with (fillfactor = 50);
create unique index mailbox_role on mailbox (account_id, role) where role is not null;

create table email (                               --: table per-account
  account_id bigint not null,                      --: system | account | while the message lives | row
  email_id bigint not null,                        --: user.communications.metadata | account | while the message lives | row
  body_id uuid not null,                           --: system | account | while the message lives | row
  thread_id bigint not null,                       --: user.communications.metadata | account | while the message lives | row
  modseq bigint not null,                          --: user.communications.metadata | account | while the message lives | row
  size bigint not null,                            --: user.communications.metadata | account | while the message lives | row
  received_at timestamptz not null,                --: user.communications.metadata | account | while the message lives | row
  keywords text[] not null default '{}',           --: user.communications.metadata | account | while the message lives | row
  block int,                                       --: system | account | while the message lives | row
  slot int,                                        --: system | account | while the message lives | row
  primary key (account_id, email_id)
);
create index email_thread on email (account_id, thread_id);

create table membership (                          --: table per-account
  account_id bigint not null,                      --: system | account | while the message lives | row
  mailbox_id int not null,                         --: user.communications.metadata | account | while the message lives | row
  uid bigint not null,                             --: user.communications.metadata | account | while the message lives | row
  email_id bigint not null,                        --: user.communications.metadata | account | while the message lives | row
  modseq bigint not null,                          --: user.communications.metadata | account | while the message lives | row
  saved_at timestamptz not null,                   --: user.communications.metadata | account | while the message lives | row
  primary key (account_id, mailbox_id, uid)
);
create index membership_email on membership (account_id, email_id);

-- A body is cut into chunks of at most 256 KB, each sealed with its index and a final flag bound to it.
create table body (                                --: table per-account
  account_id bigint not null,                      --: system | account | while the message lives | row
  body_id uuid not null,                           --: system | account | while the message lives | row
  no int not null,                                 --: system | account | while the message lives | row
  seal_key_id bigint not null,                     --: system | account | while the message lives | row
  data bytea not null,                             --: user.content.private.sealed | account | while the message lives | row
  primary key (account_id, body_id, no)
) with (toast_tuple_target = 8160);
alter table body alter column data set storage external;

create table idx_entry (                           --: table per-account
  account_id bigint not null,                      --: system | account | while the message lives | row
  id bigint not null,                              --: system | account | while the message lives | row
  seal_key_id bigint not null,                     --: system | account | while the message lives | row
  data bytea not null,                             --: user.content.private.sealed | account | while the message lives | row
  primary key (account_id, id)
) with (toast_tuple_target = 8160);
alter table idx_entry alter column data set storage external;

-- Message-ID and References by keyed hash; never a subject.
create table thread_ref (                          --: table per-account
  account_id bigint not null,                      --: system | account | while the account lives | row
  hash bytea not null,                             --: user.communications.hashed | account | while the account lives | row
  thread_id bigint not null,                       --: user.communications.metadata | account | while the account lives | row
  primary key (account_id, hash)
);

-- Two threads that turned out to be one: what still points at the first belongs to the second.
create table thread_merge (                        --: table per-account
  account_id bigint not null,                      --: system | account | while the account lives | row
  thread_id bigint not null,                       --: user.communications.metadata | account | while the account lives | row
  into_id bigint not null,                         --: user.communications.metadata | account | while the account lives | row
  primary key (account_id, thread_id)
);

create table change (                              --: table per-account
  account_id bigint not null,                      --: system | account | 30 days | row
  modseq bigint not null,                          --: user.communications.metadata | account | 30 days | row
  type smallint not null,                          --: user.communications.metadata | account | 30 days | row
  id bigint not null,                              --: user.communications.metadata | account | 30 days | row
  op smallint not null,                            --: user.communications.metadata | account | 30 days | row
  mailbox_id int,                                  --: user.communications.metadata | account | 30 days | row
  uid bigint,                                      --: user.communications.metadata | account | 30 days | row
  at timestamptz not null default now(),           --: user.communications.metadata | account | 30 days | row
  primary key (account_id, modseq, type, id)
);
create index change_at on change using brin (at);

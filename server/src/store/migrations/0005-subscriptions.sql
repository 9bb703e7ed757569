-- Owner: messages -----------------------------------------------------------------------------------------

-- Subscriptions whose mailbox has gone (RFC 9051 §6.3.7): the id that it had, and its name as it was sealed with it.
create table gone_subscription (                   --: table per-account
  account_id bigint not null references account on delete cascade, --: system | account | until the person unsubscribes, or the name is used again | row
  mailbox_id int not null,                         --: user.communications.metadata | account | until the person unsubscribes, or the name is used again | row
  name_sealed bytea not null,                      --: user.content.private.sealed | account | until the person unsubscribes, or the name is used again | row
  primary key (account_id, mailbox_id)
);

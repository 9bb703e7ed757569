-- Mailboxes as mail programs use them: \Deleted, subscriptions, names made again, bodies that copies share.

-- \Deleted belongs to a message in one mailbox; all other flags belong to the email (email.keywords).
alter table membership add column deleted boolean not null default false; --: user.communications.metadata | account | while the message lives | row

-- membership.modseq rises with every change that a reader of its mailbox can see: of \Deleted, and of the email's
-- keywords and thread. So it is never below email.modseq, and this index alone finds what is new in a mailbox.
create index membership_modseq on membership (account_id, mailbox_id, modseq);
update membership m set modseq = e.modseq from email e
  where e.account_id = m.account_id and e.email_id = m.email_id and e.modseq > m.modseq;
update mailbox b set modseq = m.newest
  from (select account_id, mailbox_id, max(modseq) as newest from membership group by account_id, mailbox_id) m
  where b.account_id = m.account_id and b.mailbox_id = m.mailbox_id and b.modseq < m.newest;

-- EXPUNGE finds what is marked without a look at the rest.
create index membership_deleted on membership (account_id, mailbox_id, uid) where deleted;

-- Another email was made on the same body, by a copy into a mailbox that held it: the last of them to go takes it along.
alter table email add column body_shared boolean not null default false; --: user.communications.metadata | account | while the message lives | row
create index email_shared_body on email (account_id, body_id) where body_shared;

-- The first mailboxes of an account were shown by every program that there was: they are subscribed.
alter table mailbox add column subscribed boolean not null default true; --: user.preferences | account | while the mailbox lives | row
-- Messages marked \Deleted.
alter table mailbox add column deleted bigint not null default 0; --: user.communications.metadata | account | while the mailbox lives | row

-- The least UIDVALIDITY that no mailbox of this account has ever had.
alter table mail_state add column uid_validity_next bigint not null default 1; --: user.communications.metadata | account | while the account lives | row
update mail_state s set uid_validity_next = b.newest + 1
  from (select account_id, max(uid_validity) as newest from mailbox group by account_id) b
  where b.account_id = s.account_id;
-- The newest change that has left the log of changes: who asks for what came before it is not told all.
alter table mail_state add column change_floor bigint not null default 0; --: user.communications.metadata | account | while the account lives | row

-- How each column lies in the database: what is not in the clear says so in its tag, and what was said wrongly of its
-- category is put right. No table changes.

-- Owner: people -------------------------------------------------------------------------------------------

--: column address.mac is user.contact.email | account | while the account lives | row | hashed
--: column credential.label_sealed is user.credentials | account | while the credential lives | row | sealed to the person
--: column credential.verify is user.credentials | account | while the credential lives | row | hashed
--: column sender_rule.subject_hash is user.contacts.hashed | account | while the rule lives | row | hashed
--: column sender_rule.pattern_sealed is user.contacts.sealed | account | while the rule lives | row | sealed to the person
--: column sender_rule.mac is user.contacts.hashed | account | while the rule lives | row | hashed

-- Owner: vaults -------------------------------------------------------------------------------------------

--: column key_epoch.key_mac is system | server | while the server lives | row | hashed
--: column vault.mac is user.keys.public | account | while the account lives | row | hashed
--: column wrap.data is user.keys.wrapped | account | while the credential lives | row and epoch key | sealed to the person
--: column seal_key.sealed is user.keys.wrapped | account | while a sealed object needs it | row and vault key | sealed to the person
--: column segment_key.data is user.keys.wrapped | account | while the segment lives | row, vault key and epoch key | sealed to the person

-- Owner: messages -----------------------------------------------------------------------------------------

-- The server names mailboxes while nobody is signed in.
--: column mailbox.name_sealed is user.content.private.mailboxes | account | while the mailbox lives | row | sealed to the server
--: column gone_subscription.name_sealed is user.content.private.mailboxes | account | until the person unsubscribes, or the name is used again | row | sealed to the server
--: column body.data is user.content.private.sealed | account | while the message lives | row | sealed to the person
--: column idx_entry.data is user.content.private.sealed | account | while the message lives | row | sealed to the person
--: column idx_segment.root is user.content.private.sealed | account | while a message of it lives | row and segment key | sealed to the person
--: column idx_page.data is user.content.private.sealed | account | while a message of it lives | row and segment key | sealed to the person
--: column thread_ref.hash is user.communications.hashed | account | while the account lives | row | hashed

-- Owner: privacy ------------------------------------------------------------------------------------------

--: column ledger_detail.sealed is user.ledger.sealed | account | while the account lives | row | sealed to the person
--: column ledger_waiting.mac is system | server | until it is numbered, seconds | row | hashed

-- A migration has at least one statement.
select 1;

-- What the numbers of events tell. They are not of nobody: one of 2^48 or above is of a report that came about the message,
-- numbers that lie close together are of reports that one domain vouches for, and the highest says that more came than is
-- kept. Which domain, whom a report is about and what it says is sealed. No table changes.

-- Owner: sending ------------------------------------------------------------------------------------------

--: column sent_event.event_id is user.communications.metadata | account | 30 days | row

-- A migration has at least one statement.
select 1;

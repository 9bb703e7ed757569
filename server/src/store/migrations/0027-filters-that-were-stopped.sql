-- A filter that was stopped by somebody else than its owner says why: "limits", because it came to its limits too often
-- within a day, or "staff". Null: its owner put it away, or it is at work.

-- Owner: people -------------------------------------------------------------------------------------------

alter table filter_script add column stopped text; --: user.preferences | account | while the filter lives | row

-- What others report of how they reached the mail servers of a domain of ours: a row for each report that came to its
-- postmaster. `report_hash`: a keyed hash of who reports and of the report's name, so that none counts twice.

-- Owner: sending ------------------------------------------------------------------------------------------

create table tls_report (                          --: table server
  domain text not null references domain (domain) on delete cascade, --: user.organisation | org | for 60 days | row
  report_hash bytea not null,                      --: user.communications.reported | server | for 60 days | row | hashed
  received_at timestamptz not null,                --: user.communications.reported | server | for 60 days | row
  data bytea not null,                             --: user.communications.reported | server | for 60 days | row | sealed to the server
  primary key (domain, report_hash)
);
create index tls_report_received on tls_report (domain, received_at);

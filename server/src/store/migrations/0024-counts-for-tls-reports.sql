-- How connections to the mail servers of others went, by day and domain, until that domain was told. `domain_hash`: a
-- keyed hash of day and domain. `day`: since 1970-01-01, UTC.

-- Owner: sending ------------------------------------------------------------------------------------------

create table tls_report_count (                    --: table server
  day int not null,                                --: user.communications.metadata | server | until the report is sent, three days at most | row
  domain_hash bytea not null,                      --: user.communications.hashed | server | until the report is sent, three days at most | row | hashed
  data bytea not null,                             --: user.communications.metadata | server | until the report is sent, three days at most | row | sealed to the server
  primary key (day, domain_hash)
);

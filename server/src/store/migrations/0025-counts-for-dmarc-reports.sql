-- What this server counts of mail in the names of domains that ask for reports about it: a row for each minute, node,
-- domain and day, until the domain is told. `domain_hash`: a keyed hash of day and domain. `batch`: the node's minute, by
-- a number of no meaning.

-- Owner: dmarc-reports ------------------------------------------------------------------------------------

create table dmarc_count (                         --: table server
  day int not null,                                --: user.communications.reported | server | until the report is sent, three days at most | row
  domain_hash bytea not null,                      --: user.communications.reported | server | until the report is sent, three days at most | row | hashed
  batch bytea not null,                            --: system | server | until the report is sent, three days at most | row
  data bytea not null,                             --: user.communications.reported | server | until the report is sent, three days at most | row | sealed to the server
  primary key (day, domain_hash, batch)
);

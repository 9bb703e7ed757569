-- What domains that mail went to say about TLS (MTA-STS): kept over a restart, so that whoever stands in between gains
-- nothing by waiting for one. `domain_hash`: a keyed hash of the domain.

-- Owner: sending ------------------------------------------------------------------------------------------

create table sts_policy (                          --: table server
  domain_hash bytea primary key,                   --: user.communications.hashed | server | until the policy runs out | row | hashed
  data bytea not null,                             --: user.communications.metadata | server | until the policy runs out | row | sealed to the server
  until timestamptz not null                       --: system | server | until the policy runs out | row
);
create index sts_policy_until on sts_policy (until);

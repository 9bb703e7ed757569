-- Owner: certificates -------------------------------------------------------------------------------------

-- This server with a certificate authority: the key that signs its requests, and the account's URL once there is one.
create table acme_account (                        --: table server
  directory text primary key,                      --: system | server | while the server lives | row
  key_sealed bytea not null,                       --: system | server | while the server lives | row | sealed to the server
  url text                                         --: system | server | while the server lives | row
);

-- A certificate for a set of names: the one in force, when it is renewed, what went wrong last, and which node is at it.
create table certificate (                         --: table server
  names text primary key,                          --: user.organisation | server | until a month after it ran out | row
  key_sealed bytea,                                --: system | server | until a month after it ran out | row | sealed to the server
  chain text,                                      --: user.organisation | server | until a month after it ran out | row
  not_before timestamptz,                          --: system | server | until a month after it ran out | row
  not_after timestamptz,                           --: system | server | until a month after it ran out | row
  renew_at timestamptz,                            --: system | server | until a month after it ran out | row
  ask_at timestamptz,                              --: system | server | until a month after it ran out | row
  failures int not null default 0,                 --: system | server | until a month after it ran out | row
  next_try timestamptz,                            --: system | server | until a month after it ran out | row
  says text,                                       --: user.organisation | server | until a month after it ran out | row
  todo text,                                       --: user.organisation | server | until a month after it ran out | row
  holder bytea,                                    --: system | server | while a node renews it | row
  held_until timestamptz,                          --: system | server | while a node renews it | row
  changed_at timestamptz not null,                 --: system | server | until a month after it ran out | row
  check ((key_sealed is null) = (chain is null) and (chain is null) = (not_after is null))
);

-- What an authority is shown that looks whether a name is ours; sealed, so that who can write here proves nothing with it.
create table acme_challenge (                      --: table server
  kind text not null check (kind in ('http-01', 'tls-alpn-01')), --: system | server | while an authority looks at it | row
  place text not null,                             --: user.organisation | server | while an authority looks at it | row
  answer_sealed bytea not null,                    --: system | server | while an authority looks at it | row | sealed to the server
  until timestamptz not null,                      --: system | server | while an authority looks at it | row
  primary key (kind, place)
);

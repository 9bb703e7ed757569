-- Owner: sending ------------------------------------------------------------------------------------------

-- The keys by which mail is signed for a domain: two side by side, RSA and Ed25519, and the ones before them for as long
-- as somebody may look them up. `mac` is over all the rest, so that whoever writes the database brings no key of their
-- own into the mail or into the DNS. The private half goes as soon as nothing is signed with it any more.
create table dkim_key (                            --: table server
  domain text not null references domain (domain) on delete cascade, --: user.organisation | org | while the organisation lives | row
  selector text not null,                          --: system | server | while the key's record may be asked for | row
  algorithm text not null check (algorithm in ('rsa', 'ed25519')), --: system | server | while the key's record may be asked for | row
  state text not null check (state in ('coming', 'active', 'retiring', 'revoked')), --: system | server | while the key's record may be asked for | row
  since timestamptz not null,                      --: system | server | while the key's record may be asked for | row
  created_at timestamptz not null,                 --: system | server | while the key's record may be asked for | row
  public_key text not null,                        --: system | server | while the key's record may be asked for | never: it is public
  private_sealed bytea,                            --: system | server | while mail is signed with it | row | sealed to the server
  mac bytea not null,                              --: system | server | while the key's record may be asked for | row | hashed
  primary key (domain, selector),
  check ((private_sealed is not null) = (state in ('coming', 'active')))
);

-- The policy as this server published it: what each version says stays, and only new ones come.

-- Owner: privacy ------------------------------------------------------------------------------------------

create table policy_version (                      --: table server
  number int primary key,                          --: system | server | while the server lives | never: it is public
  rules int not null,                              --: system | server | while the server lives | never: it is public
  edition int not null,                            --: system | server | while the server lives | never: it is public
  canonical text not null,                         --: system | server | while the server lives | never: it is public
  sha256 text not null,                            --: system | server | while the server lives | never: it is public
  published_at timestamptz not null                --: system | server | while the server lives | never: it is public
);
create unique index policy_version_label on policy_version (rules, edition);

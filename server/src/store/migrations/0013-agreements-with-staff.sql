-- Owner: privacy ------------------------------------------------------------------------------------------

-- What was agreed with the people who run this server, and the ends of it. Rows are added and never changed.
create table staff_agreement (                     --: table server
  number bigint primary key,                       --: system | server | while the server lives | row
  kind text not null check (kind in ('agree', 'end')), --: system | server | while the server lives | row
  name text not null,                              --: user.staff | server | while the server lives | row
  fields text[],                                   --: system | server | while the server lives | row
  undertaking text,                                --: system | server | while the server lives | row
  until timestamptz,                               --: system | server | while the server lives | row
  at timestamptz not null,                         --: system | server | while the server lives | row
  mac bytea not null,                              --: system | server | while the server lives | row | hashed
  check (kind = 'end' or (fields is not null and undertaking is not null and until is not null))
);

-- Owner: privacy ------------------------------------------------------------------------------------------

-- What the operator has agreed with whom outside. Rows are ended, not removed: what was agreed when stays on record.
create table agreement (                           --: table server
  agreement_id bigint generated always as identity primary key, --: system | server | while the server lives | row
  recipient text not null,                         --: system | server | while the server lives | row
  purposes text[] not null,                        --: system | server | while the server lives | row
  fields text[] not null,                          --: system | server | while the server lives | row
  country text check (country ~ '^[A-Z]{2}$'),     --: system | server | while the server lives | row
  ground text,                                     --: system | server | while the server lives | row
  agreed_at timestamptz not null,                  --: system | server | while the server lives | row
  until timestamptz,                               --: system | server | while the server lives | row
  ended_at timestamptz                             --: system | server | while the server lives | row
);
create unique index agreement_standing on agreement (recipient) where ended_at is null;

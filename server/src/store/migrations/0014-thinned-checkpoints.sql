-- Old checkpoints are thinned by the server, whose role may remove none by itself: this function removes those of a list
-- that are a day older than the newest, and no others.

-- Owner: privacy ------------------------------------------------------------------------------------------

create function thin_checkpoints(sizes bigint[]) returns int
  language sql security definer set search_path = public, pg_temp
as $$
  with gone as (
    delete from ledger_checkpoint where size = any (sizes)
      and created_at < (select max(created_at) from ledger_checkpoint) - interval '24 hours'
    returning size
  )
  select count(*)::int from gone
$$;

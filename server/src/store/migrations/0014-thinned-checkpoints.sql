-- Old checkpoints are thinned by the server, whose role may remove none by itself: this function removes those of a list
-- that are a day old, and no others. Its clock is the database's own: the role can write rows with any time. The newest it
-- never removes, which is the one over all events, or the one over most; nobody but the role is given it (app-rights.ts).

-- Owner: privacy ------------------------------------------------------------------------------------------

create function thin_checkpoints(sizes bigint[]) returns int
  language sql security definer set search_path = public, pg_temp
as $$
  with gone as (
    delete from ledger_checkpoint where size = any (sizes)
      and created_at < now() - interval '24 hours'
      and size < (select max(size) from ledger_checkpoint)
      and size <> (select coalesce(max(leaf), -1) + 1 from ledger_leaf)
    returning size
  )
  select count(*)::int from gone
$$;
revoke execute on function thin_checkpoints(bigint[]) from public;

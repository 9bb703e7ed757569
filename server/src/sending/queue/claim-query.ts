/**
 * The two ways to find what is due, as one statement each: both lock what they take, pass over what somebody else is
 * about to take, and set a lease.
 *
 * *Front*: the oldest of all. It looks at no more than FRONT_ROWS, so a destination with a long line of its own may fill
 * it. *Round*: from destination to destination, from where the last round ended; it reads nothing of a long line but its
 * head. So while there is more than the front shows, each destination has its turn, however long the others'
 * lines are.
 *
 *     $1 messages at most       $4 the lease's mark
 *     $2 of one destination     $5 destinations that get nothing
 *     $3 lease, milliseconds    $6 (round) the destinations whose turn it is
 */

/** Recipients that the front looks at. */
export const FRONT_ROWS = 512
/** Destinations that a round looks at. */
export const ROUND_DESTINATIONS = 128
/** Of one message to one destination in one claim: what an SMTP server takes at least (RFC 5321 §4.5.3.1.8). */
export const CLAIMED_RECIPIENTS = 100

const front = `
  with front as materialized (
    select account_id, mail_id, destination, due_at from queued_recipient
    where not held and due_at <= now() order by due_at limit ${FRONT_ROWS}
  ), candidate as (
    select * from (
      select account_id, mail_id, destination, min(due_at) as due_at,
        row_number() over (partition by destination order by min(due_at)) as rank
      from front where destination <> all($5::uuid[]) group by account_id, mail_id, destination) f
    where rank <= $2::int order by due_at
  )`

/** Destinations behind $1, in the order of their hashes, which is the same for all nodes and for nobody's good. */
export const nextDestinations = `
  with recursive step(destination, n) as (
    (select destination, 1 from queued_recipient where not held and destination > $1::uuid
     order by destination limit 1)
    union all
    select (select r.destination from queued_recipient r where not r.held and r.destination > step.destination
            order by r.destination limit 1), n + 1
    from step where destination is not null and n < ${ROUND_DESTINATIONS}
  )
  select destination from step where destination is not null order by n`

/** Of each destination's head some rows more than messages are wanted: several may be of one message. */
const round = `
  with candidate as (
    select * from (
      select h.account_id, h.mail_id, d.destination, d.n,
        row_number() over (partition by d.n order by min(h.due_at)) as rank
      from unnest($6::uuid[]) with ordinality as d(destination, n) cross join lateral (
        select r.account_id, r.mail_id, r.due_at from queued_recipient r
        where not r.held and r.destination = d.destination and r.due_at <= now()
        order by r.due_at limit 2 * $2::int) h
      where d.destination <> all($5::uuid[])
      group by h.account_id, h.mail_id, d.destination, d.n) h
    where rank <= $2::int order by n, rank
  )`

/** What was claimed, a row a recipient: those of one message and destination follow one another. */
const shown = `
  select l.account_id, l.mail_id, l.destination, m.queue_key_id, m.size, m.envelope,
    l.no, l.attempts, l.told_of_delay, l.data
  from leased l join queued_mail m using (account_id, mail_id)
  order by l.account_id, l.mail_id, l.destination, l.no`

/** A lease that ran out was a try too: whatever ended it, the next one must not come as soon. */
const take = `, taken as (
    select c.account_id, c.mail_id, l.nos
    from candidate c cross join lateral (
      select array_agg(x.no) as nos from (
        select r.no from queued_recipient r
        where r.account_id = c.account_id and r.mail_id = c.mail_id and r.destination = c.destination
          and not r.held and r.due_at <= now()
        order by r.no limit ${CLAIMED_RECIPIENTS} for update skip locked) x) l
    where l.nos is not null limit $1::int
  ), leased as (
    update queued_recipient r
    set due_at = now() + $3::bigint * interval '1 ms', lease = $4::bigint,
      attempts = r.attempts + case when r.lease is null then 0 else 1 end
    from (select account_id, mail_id, unnest(nos) as no from taken) t
    where r.account_id = t.account_id and r.mail_id = t.mail_id and r.no = t.no
    returning r.account_id, r.mail_id, r.destination, r.no, r.attempts, r.told_of_delay, r.data
  )${shown}`

export const claimFront = front + take
export const claimRound = round + take

/** Recipients who are held, and were until their message's time was over: $1 at most, $2 lease, milliseconds, $3 its mark. */
export const claimHeldTooLong = `
  with taken as (
    select r.account_id, r.mail_id, r.no from queued_recipient r join queued_mail m using (account_id, mail_id)
    where r.held and m.expires_at <= now() and (r.lease is null or r.due_at <= now())
    order by r.account_id, r.mail_id, r.no limit $1::int for update of r skip locked
  ), leased as (
    update queued_recipient r set due_at = now() + $2::bigint * interval '1 ms', lease = $3::bigint
    from taken t where r.account_id = t.account_id and r.mail_id = t.mail_id and r.no = t.no
    returning r.account_id, r.mail_id, r.destination, r.no, r.attempts, r.told_of_delay, r.data
  )${shown}`

/** Whether the front shows all that is due: no row where it does. */
export const beyondFront = `
  select 1::int from queued_recipient where not held and due_at <= now() order by due_at offset ${FRONT_ROWS} limit 1`

-- Who has mail of the queue in hand: a worker that dies with its node is missed by the others, who need not wait for the
-- end of its leases then. A lease's mark begins with the worker's id. `beat` grows while it lives.

-- Owner: sending ------------------------------------------------------------------------------------------

create table queue_worker (                        --: table server
  worker_id bigint primary key,                    --: system | server | while it has mail in hand, and until it is missed | row
  beat bigint not null                             --: system | server | while it has mail in hand, and until it is missed | row
);

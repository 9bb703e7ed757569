import assert from "node:assert/strict"
import { test } from "node:test"
import { worksIn } from "./pid-file.ts"

const nobody = 65_534

/** What a user who may not look into others' processes gets. */
function asStranger<T>(work: () => T): T {
  if (process.geteuid?.() !== 0) return work()
  process.seteuid?.(nobody)
  try {
    return work()
  } finally {
    process.seteuid?.(0)
  }
}

test("takes a process of another user, which has the number of a Postgres that is gone, for none of ours", () => {
  assert.equal(
    asStranger(() => worksIn(1, "/srv/letterkeep/postgres/cluster")),
    false,
  )
})

test("takes neither this process nor a number that nobody has for a Postgres", () => {
  assert.equal(worksIn(process.pid, process.cwd()), false)
  assert.equal(worksIn(0x7f_ff_ff_ff, process.cwd()), false)
})

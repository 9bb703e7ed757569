import assert from "node:assert/strict"
import { test } from "node:test"
import { readTrace } from "./strace.ts"

const log = String.raw`100   read(20<socket:[7]>, ".\r\n", 65536) = 3
200   fdatasync(5</d/pg_wal/0001> <unfinished ...>
100   write(21<socket:[8]>, "x) = 4", 6) = 6
200   <... fdatasync resumed>)          = 0
300   read(9<socket:[1]> <unfinished ...>
200   pwrite64(5</d/pg_wal/0001>, "\7\321", 8192, 0) = 8192
100   --- SIGCHLD {si_signo=SIGCHLD} ---
300   <... read resumed>, "250 ok\r\n", 10) = 8
400   +++ exited with 0 +++
500   write(1<socket:[2]>, "late" <unfinished ...>
`

test("reads whole calls, calls cut in two, and calls that never ended, in the order they began", () => {
  const calls = readTrace(log)
  assert.deepEqual(
    calls.map(call => [call.pid, call.name, call.began, call.ended, call.result]),
    [
      [100, "read", 0, 0, "3"],
      [200, "fdatasync", 1, 3, "0"],
      [100, "write", 2, 2, "6"],
      [300, "read", 4, 7, "8"],
      [200, "pwrite64", 5, 5, "8192"],
      [500, "write", 9, Number.POSITIVE_INFINITY, ""],
    ],
  )
  assert.equal(calls[3]?.arguments, String.raw`9<socket:[1]>, "250 ok\r\n", 10`)
  assert.equal(calls[2]?.arguments, '21<socket:[8]>, "x) = 4", 6')
})

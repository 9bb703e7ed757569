import assert from "node:assert/strict"
import { test } from "node:test"
import { examineDatabase } from "./database.ts"

test("says that all is well where the server works as a role of its own", () => {
  const { state, says } = examineDatabase({ rights: { kind: "apart", role: "letterkeep_app_7" } })
  assert.equal(state, "well")
  assert.match(says, /works as letterkeep_app_7,/)
})

test("says why the server works as the owner, and what the database's administrator can do", () => {
  const { state, says, todo } = examineDatabase({
    rights: { kind: "owner", role: "letterkeep_app_7", why: "its user mail may not make roles" },
  })
  assert.equal(state, "look")
  assert.match(says, /as the owner of its database, since its user mail may not make roles/)
  assert.match(todo ?? "", /create role letterkeep_app_7 nologin noinherit; grant letterkeep_app_7 to/)
})

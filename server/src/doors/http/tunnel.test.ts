import assert from "node:assert/strict"
import { test } from "node:test"
import { tunnelCommand } from "./tunnel.ts"

test("the tunnel keeps the port, so that the link works as it was printed", () => {
  assert.equal(
    tunnelCommand("127.0.0.1:8080", "anna", "mail.example.org"),
    "ssh -N -L 8080:127.0.0.1:8080 anna@mail.example.org",
  )
  assert.equal(tunnelCommand("[::1]:8080", "anna", "host"), "ssh -N -L 8080:[::1]:8080 anna@host")
})

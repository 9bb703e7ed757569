import assert from "node:assert/strict"
import { tmpdir } from "node:os"
import { test } from "node:test"
import { readConfiguration } from "./configuration/index.ts"
import { mailServersOf } from "./mail-servers.ts"

const told = (toml: string): readonly string[] =>
  mailServersOf(
    readConfiguration(toml, { file: "letterkeep.toml", dataFolder: tmpdir(), environment: {} }),
  ).map(({ protocol, port, tls }) => `${protocol} ${port} ${tls}`)

test("tells mail programs of what is open at the usual ports, TLS from the start first", () => {
  assert.deepEqual(told(""), [
    "imap 993 from-the-start",
    "imap 143 starttls",
    "pop3 995 from-the-start",
    "pop3 110 starttls",
    "smtp 465 from-the-start",
    "smtp 587 starttls",
  ])
})

test("tells of nothing that is closed or to be kept quiet, and of other ports where they are", () => {
  const toml = `
    [listen]
    pop3 = false
    pop3s = false
    submission = false
    [programs]
    imap_port = 0
    imaps_port = 9993
  `
  assert.deepEqual(told(toml), ["imap 9993 from-the-start", "smtp 465 from-the-start"])
})

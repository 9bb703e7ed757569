/** Each check must see a breach; a check that passes everything is worse than none. */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { inTree } from "./breach.ts"
import { checkCapabilities } from "./check-capabilities.ts"
import { checkDependencies } from "./check-dependencies.ts"
import { checkNetwork } from "./check-network.ts"
import { checkRfcs } from "./check-rfcs.ts"
import { checkWalls } from "./check-walls.ts"
import { projectRoot } from "./run-check.ts"
import { runTool, tools } from "./run-tool.ts"

const store = {
  "server/src/store/index.ts": "export interface Store { readonly a: 1 }\nexport const a = 1\n",
}
const egress = { "server/src/ports/network/egress.ts": "export const mint = 1\n" }

test("the walls stand where nothing is wrong", async () => {
  const files = {
    ...store,
    ...egress,
    "server/src/vaults/index.ts": 'import { a } from "../store/index.ts"\nexport const b = a\n',
  }
  assert.deepEqual(await inTree(files, checkWalls), [])
})

const walled: Readonly<
  Record<string, { readonly file: string; readonly text: string; readonly rule: string }>
> = {
  "an import against the table": {
    file: "server/src/ports/a.ts",
    text: 'import { a } from "../store/index.ts"\nexport const b = a\n',
    rule: "ports-imports-only-what-it-may",
  },
  "a type-only import against the table": {
    file: "server/src/screening/a.ts",
    text: 'import type { Store } from "../store/index.ts"\nexport type S = Store\n',
    rule: "screening-imports-only-what-it-may",
  },
  "a door that knows another door": {
    file: "server/src/doors/smtp/index.ts",
    text: 'import { c } from "../http/index.ts"\nexport const b = c\n',
    rule: "doors/smtp-imports-only-what-it-may",
  },
  "an import past an index": {
    file: "server/src/vaults/a.ts",
    text: 'import { p } from "../store/pool.ts"\nexport const b = p\n',
    rule: "a-part-is-entered-by-its-index",
  },
  "a permit minted outside privacy": {
    file: "server/src/doors/http/mint.ts",
    text: 'import { mint } from "../../ports/network/egress.ts"\nexport const b = mint\n',
    rule: "only-privacy-mints-egress",
  },
  "the driver outside the store": {
    file: "server/src/people/a.ts",
    text: 'import postgres from "postgres"\nexport const b = postgres\n',
    rule: "only-store-holds-the-driver",
  },
  "a package that imports the server": {
    file: "packages/dns/src/a.ts",
    text: 'import { a } from "../../../server/src/store/index.ts"\nexport const b = a\n',
    rule: "package-dns-imports-only-lower-ones",
  },
  "a package that imports a higher one": {
    file: "packages/dns/src/b.ts",
    text: 'import { s } from "../../spf/src/index.ts"\nexport const b = s\n',
    rule: "package-dns-imports-only-lower-ones",
  },
  "a package with I/O": {
    file: "packages/dns/src/c.ts",
    text: 'import { readFileSync } from "node:fs"\nexport const b = readFileSync\n',
    rule: "packages-are-pure",
  },
  "a part without a line in the table": {
    file: "server/src/surprise/a.ts",
    text: 'import { a } from "../store/index.ts"\nexport const b = a\n',
    rule: "every-part-has-a-line",
  },
  "a program started outside the store": {
    file: "server/src/people/b.ts",
    text: 'import { spawn } from "node:child_process"\nexport const b = spawn\n',
    rule: "only-store-and-the-dns-hook-start-programs",
  },
  "an import that leads nowhere": {
    file: "server/src/store/a.ts",
    text: 'import { x } from "./nowhere.ts"\nexport const b = x\n',
    rule: "everything-resolves",
  },
}
const around = {
  ...store,
  ...egress,
  "server/src/doors/http/index.ts": "export const c = 1\n",
  "server/src/store/pool.ts": "export const p = 1\n",
  "packages/spf/src/index.ts": "export const s = 1\n",
}

for (const [what, { file, text, rule }] of Object.entries(walled))
  test(`the walls check catches ${what}`, async () => {
    const problems = await inTree({ ...around, [file]: text }, checkWalls)
    assert.ok(
      problems.some(problem => problem.startsWith(file) && problem.endsWith(rule)),
      problems.join("\n") || "no problem was found",
    )
  })

test("the walls check fails where there is nothing to read", async () => {
  assert.match((await inTree({}, checkWalls)).join(), /checked nothing/)
})

const sockets: Readonly<Record<string, string>> = {
  "an import": 'import { connect } from "node:net"',
  "an import of all": 'import * as tls from "tls"',
  "an import by default": 'import https from "https"',
  "an import for its effects": 'import "node:http2"',
  "a re-export": 'export { createSocket } from "node:dgram"',
  "a harmless name beside one that is not": 'import { isIP, createServer } from "node:net"',
  "a dynamic import": 'const dns = await import("node:dns/promises")',
  "a computed import": 'const name = "node:" + "net"\nconst net = await import(name)',
  "a built-in module by its name": 'const net = process.getBuiltinModule("node:net")',
  fetch: 'await fetch("https://example.org")',
  "fetch by the global object": 'await globalThis.fetch("https://example.org")',
  "a WebSocket": 'new WebSocket("wss://example.org")',
  "another's client": 'import { request } from "undici"',
}
const ways: Readonly<Record<string, string>> = {
  "another program": 'import { spawn } from "node:child_process"',
  "another program by a built-in module": 'process.getBuiltinModule("child_process").execFile("curl")',
  "native code": 'process.dlopen(module, "/tmp/a.node")',
  "an internal binding": 'process._linkedBinding("tcp_wrap")',
  "code made of text": "eval(text)",
  "a function made of text": 'new Function("return 1")()',
  "a function made of text by the global object": 'globalThis.Function("return 1")()',
  "another realm": 'import { runInThisContext } from "node:vm"',
  "hooks of the loader": 'import { registerHooks } from "node:module"',
  "a global under a computed name": 'globalThis["fe" + "tch"]("https://example.org")',
  "a method under a computed name": 'process["getBuiltin" + "Module"]("net")',
  "a thread of text": 'import { Worker } from "node:worker_threads"\nnew Worker("1", { eval: true })',
  "a thread of some address":
    'import { Worker } from "node:worker_threads"\nnew Worker(new URL(address, import.meta.url))',
  "threads by another name": 'import * as threads from "node:worker_threads"',
}
for (const [what, text] of Object.entries(ways))
  test(`the network check catches ${what}, in ports/network as anywhere`, async () => {
    for (const file of ["server/src/people/a.ts", "server/src/ports/network/a.ts", "server/src/doors/a/b.ts"])
      assert.equal((await inTree({ [file]: text }, checkNetwork)).length, 1, file)
  })

for (const [what, text] of Object.entries({
  connects: 'import { connect } from "node:net"',
  "makes a socket of its own": 'import { Socket } from "node:net"\nnew Socket()',
  "connects under TLS": 'import { connect } from "node:tls"',
  requests: 'import { request } from "node:http"',
  fetches: 'await fetch("https://example.org")',
  "asks the DNS": 'import { resolve } from "node:dns"',
}))
  test(`the network check catches a door that ${what}`, async () => {
    assert.equal((await inTree({ "server/src/doors/smtp/a.ts": text }, checkNetwork)).length, 1)
  })

for (const [what, text] of Object.entries(sockets))
  test(`the network check catches ${what}`, async () => {
    assert.equal((await inTree({ "server/src/people/a.ts": text }, checkNetwork)).length, 1)
    assert.equal(
      (await inTree({ "server/src/ports/network/a.ts": text }, checkNetwork)).length,
      /computed|"node:" \+/.test(text) ? 1 : 0,
    )
  })

test("the network check lets pass what opens no socket", async () => {
  const files = {
    "server/src/people/a.ts":
      'import { isIP } from "node:net"\nimport type { Socket } from "node:net"\nimport { type Server } from "node:http"\nexport const jobs = { fetch: 1 }\nexport const n = jobs.fetch + isIP("")\nexport type S = Socket | Server\n',
    "server/src/people/a.test.ts": 'import { connect } from "node:net"',
    "server/src/cli/a.ts": 'import { connect } from "node:net"',
    "server/src/doors/smtp/a.ts":
      'import { createServer, type Socket } from "node:net"\nimport { TLSSocket } from "node:tls"\nexport const s = new TLSSocket({} as Socket)',
    "server/src/store/embedded/a.ts": 'import { spawn } from "node:child_process"',
    "server/src/messages/a.ts":
      'import { Worker } from "node:worker_threads"\nexport const w = new Worker(new URL("./b.ts", import.meta.url), {})',
  }
  assert.deepEqual(await inTree(files, checkNetwork), [])
  assert.equal(
    (await inTree({ "server/src/cli/a.ts": 'import { connect } from "node:tls"' }, checkNetwork)).length,
    1,
  )
})

test("the RFC check catches a citation without a line, and one in another spelling", async () => {
  const files = {
    "rfcs.md": "| RFC | state |\n| --- | --- |\n| 5321 | Yes |\n\nRFC 1035 partly.\n",
    "server/src/a.ts": "// RFC 5321 §2.1, RFC 1035 §4\n// RFC 9999 §1\n// RFC5321\n",
  }
  assert.deepEqual(await inTree(files, checkRfcs), [
    "server/src/a.ts:2: RFC 9999 has no line in rfcs.md",
    'server/src/a.ts:3: write "RFC 5321", with a space',
  ])
  assert.deepEqual(await inTree({ "server/src/a.ts": "// RFC 5321" }, checkRfcs), ["rfcs.md is missing"])
})

test("the capability check catches what no test names, be it part of another name or named by the table's own test", async () => {
  const files = {
    "packages/imap/src/capabilities.ts":
      'export const capabilityTable = [{ name: "SORT" }, { name: "LITERAL+" }, { name: "IDLE" }, { name: "ID" }]\n',
    "packages/imap/src/capabilities.test.ts": 'test("ID is announced", () => {})\n',
    "packages/imap/src/reader/a.test.ts": 'test("LITERAL+: goes on without waiting", () => {})\n',
    "server/src/doors/imap/a.test.ts": "suite(`ESORT and IDLE`, () => {})\n",
  }
  assert.deepEqual(await inTree(files, checkCapabilities), [
    "packages/imap/src/capabilities.ts: no test has SORT in its name",
    "packages/imap/src/capabilities.ts: no test has ID in its name",
  ])
  assert.deepEqual(await inTree({}, checkCapabilities), ["packages/imap/src/capabilities.ts is missing"])
})

test("the dependency check catches a missing line, a stale one, an empty reason and a loose version", async () => {
  const files = {
    "package.json": '{"devDependencies": {"typescript": "6.0.3", "knip": "^6.0.0", "fine": "1.0.0-beta.2"}}',
    "docs/dependencies.md":
      "| package | for | weighed | touches |\n| --- | --- | --- | --- |\n| `knip` | dead code | ts-prune | sources |\n| `gone` | x | y | z |\n| `fine` | x |  | z |\n",
  }
  assert.deepEqual(await inTree(files, checkDependencies), [
    "package.json: typescript has no line in docs/dependencies.md",
    "package.json: knip has no exact version (^6.0.0)",
    "docs/dependencies.md: gone is no dependency any more",
    "docs/dependencies.md: fine needs what for, what else was weighed and what it may touch",
  ])
})

const own = (path: string): string => readFileSync(join(projectRoot, path), "utf8")

test("the check of types catches a value that may be missing", async () => {
  const files = {
    "tsconfig.json": own("tsconfig.json"),
    "server/src/a.ts": "export const first = (list: string[]): string => list[0]\n",
  }
  assert.match(
    (await inTree(files, root => runTool(root, tools.types))).join("\n"),
    /server\/src\/a\.ts\(1,\d+\): error TS2322/,
  )
})

test("the lint catches an any, an empty catch and a promise that nobody awaits", async () => {
  const files = {
    "biome.json": own("biome.json"),
    ".gitignore": "node_modules\n",
    "server/src/a.ts":
      "export async function a(b: any) {\n  try {\n    await b()\n  } catch {}\n}\nexport function c(): void {\n  a(1)\n}\n",
  }
  const said = (await inTree(files, root => runTool(root, tools.lint))).join("\n")
  for (const rule of ["noExplicitAny", "noEmptyBlockStatements", "noFloatingPromises"])
    assert.match(said, new RegExp(rule))
})

test("the check of dead code catches a file and an export that nobody uses", async () => {
  const files = {
    "knip.json": own("knip.json"),
    "package.json": '{"name": "x", "type": "module", "workspaces": ["server"]}',
    "server/package.json": '{"name": "@x/server", "type": "module"}',
    "server/src/main.ts": 'import { used } from "./a.ts"\nused()\n',
    "server/src/a.ts": "export const used = (): void => undefined\nexport const unused = 1\n",
    "server/src/alone.ts": "export const alone = 1\n",
  }
  const said = (await inTree(files, root => runTool(root, tools.deadCode))).join("\n")
  assert.match(said, /server\/src\/alone\.ts/)
  assert.match(said, /unused .*server\/src\/a\.ts/)
})

import assert from "node:assert/strict"
import { chmod, chown, mkdir, mkdtemp, rm } from "node:fs/promises"
import { createServer, type Server, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { type TestContext, test } from "node:test"
import { encodeBytes, encodeJson } from "../doors/control/frames.ts"
import { controlSocketPath } from "../doors/control/socket-path.ts"
import { ask } from "./client.ts"
import { UsageError } from "./usage-error.ts"

/** A data folder whose server does what `serve` says with each connection that has asked something. */
async function listen(context: TestContext, serve: (socket: Socket) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "lk-cli-"))
  await mkdir(join(folder, "run"), { mode: 0o700 })
  const server: Server = createServer(socket => {
    socket.on("error", () => socket.destroy())
    socket.once("data", () => serve(socket))
  })
  await new Promise<void>(resolve => server.listen(join(folder, "run", "control.sock"), resolve))
  context.after(async () => {
    await new Promise(resolve => server.close(resolve))
    await rm(folder, { recursive: true })
  })
  return folder
}

const request = { command: "read", arguments: {} }
const done = { kind: "done", text: "", value: 1 } as const
const deaf = { progress: () => undefined, bytes: async () => undefined }

test("hands on each piece when the one before it was taken, and the answer last", async context => {
  const folder = await listen(context, socket => {
    for (let at = 0; at < 8; at++) socket.write(encodeBytes(Buffer.alloc(100_000, at)))
    socket.end(encodeJson(done))
  })
  let underWay = 0
  const taken: number[] = []
  const answer = await ask(folder, request, {
    progress: () => undefined,
    async bytes(chunk) {
      assert.equal(++underWay, 1, "one piece at a time")
      await new Promise(resolve => setImmediate(resolve))
      taken.push(chunk[0] ?? -1)
      underWay--
    },
  })
  assert.deepEqual(answer, done)
  assert.deepEqual(taken, [0, 1, 2, 3, 4, 5, 6, 7])
})

test("shows progress, and ends with what the server refused", async context => {
  const folder = await listen(context, socket => {
    socket.write(encodeJson({ kind: "progress", text: "half" }))
    socket.end(encodeJson({ kind: "failed", message: "not today" }))
  })
  const lines: string[] = []
  const answer = await ask(folder, request, { ...deaf, progress: text => lines.push(text) })
  assert.deepEqual([answer, lines], [{ kind: "failed", message: "not today" }, ["half"]])
})

test("says so when the server goes away in the middle, politely or not", async context => {
  const politely = await listen(context, socket => socket.end(encodeBytes(Buffer.from("half"))))
  await assert.rejects(ask(politely, request, deaf), /went away before it had answered/)
  const rudely = await listen(context, socket => socket.destroy())
  await assert.rejects(ask(rudely, request, deaf), /went away before it had answered/)
})

test("lets an error of the sink through", async context => {
  const folder = await listen(context, socket => socket.write(encodeBytes(Buffer.from("x"))))
  const failure = new Error("no room")
  await assert.rejects(ask(folder, request, { ...deaf, bytes: () => Promise.reject(failure) }), failure)
})

test("tells how to start a server where none runs", async context => {
  await assert.rejects(ask("/nowhere/at/all", request, deaf), UsageError)
  const folder = await mkdtemp(join(tmpdir(), "lk-cli-"))
  context.after(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, "run"))
  await assert.rejects(ask(folder, request, deaf), /no server answers on .*letterkeep serve --data/)
})

const nobody = 65_534
/** Too long a path for a socket: it moves to the system's temporary folder, where anybody may make it first. */
const longFolder = join("/srv", "x".repeat(120))

for (const [whose, mode, user] of [
  ["open to others", 0o777, process.getuid?.()],
  ["another user's", 0o700, nobody],
] as const)
  test(`asks nothing at a socket in a shared folder that is ${whose}, whoever asks`, async context => {
    const shared = await mkdtemp(join(tmpdir(), "lk-cli-"))
    const before = process.env.TMPDIR
    process.env.TMPDIR = shared
    context.after(async () => {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
      await rm(shared, { recursive: true })
    })
    await chmod(shared, 0o1777)
    const path = controlSocketPath(longFolder)
    await mkdir(dirname(path))
    await chmod(dirname(path), mode)
    if (user === nobody && process.geteuid?.() !== 0)
      return context.skip("only root can make what another user owns")
    if (user === nobody) await chown(dirname(path), nobody, nobody)
    let heard = ""
    const server = createServer(socket => {
      socket.on("data", chunk => {
        heard += chunk.toString("latin1")
        socket.destroy()
      })
    })
    await new Promise<void>(resolve => server.listen(path, resolve))
    context.after(() => new Promise(resolve => server.close(resolve)))
    await assert.rejects(ask(longFolder, request, deaf), /no server of yours runs/)
    assert.equal(heard, "")
  })

test("root asks the server of the data folder's owner, and nobody else's", async context => {
  if (process.geteuid?.() !== 0) return context.skip("only root can make what another user owns")
  const folder = await listen(context, socket => socket.end(encodeJson(done)))
  await chown(folder, nobody, nobody)
  await chown(join(folder, "run"), nobody, nobody)
  assert.deepEqual(await ask(folder, request, deaf), done)
  await chown(join(folder, "run"), nobody - 1, nobody)
  await assert.rejects(ask(folder, request, deaf), /no server of yours runs/)
})

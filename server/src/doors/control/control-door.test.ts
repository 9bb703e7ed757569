import assert from "node:assert/strict"
import { once } from "node:events"
import { chmod, mkdir, mkdtemp, rm, stat, symlink } from "node:fs/promises"
import { connect, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, test } from "node:test"
import { z } from "zod"
import { recordingLog } from "../../ports/log.ts"
import { createFrameReader, encodeJson, type Frame, frameLimit } from "./frames.ts"
import { type ControlDoor, ControlError, command, openControlDoor, SocketFolderError } from "./index.ts"
import { controlSocketPath, socketPathLimit } from "./socket-path.ts"

let folder: string
let path: string
let log: ReturnType<typeof recordingLog>
let door: ControlDoor
/** One for each `wait` that is under way: it answers when this is called. */
let releases: (() => void)[]
let signals: AbortSignal[]
let waits: () => Promise<void>

const commands = [
  command("greet", z.object({ name: z.string().max(10) }), async ({ name }) => ({
    text: `hello ${name}`,
    value: { name },
  })),
  command("refuse", z.object({}), async () => {
    throw new ControlError("not today")
  }),
  command("break", z.object({}), async () => {
    throw new Error("secret detail")
  }),
  command("wait", z.object({}), async (_input, call) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    releases.push(resolve)
    signals.push(call.signal)
    call.progress("under way")
    await promise
    return { text: "done", value: releases.length }
  }),
  command("pour", z.object({ pieces: z.number() }), async ({ pieces }, call) => {
    for (let at = 0; at < pieces; at++) await call.bytes(Buffer.alloc(256 * 1024, at))
    return { text: "", value: pieces }
  }),
]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lk-control-"))
  path = join(folder, "run", "control.sock")
  log = recordingLog()
  releases = []
  signals = []
  waits = async () => undefined
  door = await openControlDoor({ path, commands, log })
})
afterEach(async () => {
  await waits()
  await door.close()
  await rm(folder, { recursive: true })
})

async function open(): Promise<Socket> {
  const socket = connect(path)
  await once(socket, "connect")
  return socket
}

/** All that the door says until it hangs up. */
async function hear(socket: Socket): Promise<Frame[]> {
  const read = createFrameReader()
  const frames: Frame[] = []
  for await (const chunk of socket as AsyncIterable<Buffer>) frames.push(...read(chunk))
  return frames
}

async function ask(name: string, input: unknown = {}): Promise<unknown> {
  const socket = await open()
  socket.write(encodeJson({ command: name, arguments: input }))
  const last = (await hear(socket)).at(-1)
  return last?.kind === "json" ? last.value : undefined
}

test("answers a command with its text and its value", async () => {
  assert.deepEqual(await ask("greet", { name: "Anna" }), {
    kind: "done",
    text: "hello Anna",
    value: { name: "Anna" },
  })
})

test("is open to its owner alone", async () => {
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  assert.equal((await stat(join(folder, "run"))).mode & 0o777, 0o700)
})

test("refuses a command that it does not know, and arguments that do not fit", async () => {
  const unknown = await ask("dance")
  assert.deepEqual(unknown, {
    kind: "failed",
    message: 'this server does not know "dance": is it of another version?',
  })
  const answer = JSON.stringify(await ask("greet", { name: "x".repeat(11) }))
  assert.match(answer, /"kind":"failed","message":"name: /)
})

test("says a refusal in its own words, and nothing of what broke inside", async () => {
  assert.deepEqual(await ask("refuse"), { kind: "failed", message: "not today" })
  const broken = JSON.stringify(await ask("break"))
  assert.match(broken, /something went wrong inside the server/)
  assert.doesNotMatch(broken, /secret/)
  assert.ok(log.events.some(event => event.name === "task.failed"))
})

test("refuses a frame that is too long before it has come", async () => {
  const socket = await open()
  const head = Buffer.alloc(5)
  head.writeUInt32BE(frameLimit + 1)
  head.write("j", 4)
  socket.write(head)
  assert.deepEqual(await hear(socket), [
    { kind: "json", value: { kind: "failed", message: "a frame's length is out of bounds" } },
  ])
})

test("refuses what is no JSON, and JSON that is no request", async () => {
  for (const text of ["{", "[]", "null", '{"command":1,"arguments":{}}', '{"command":"greet"}']) {
    const socket = await open()
    const frame = Buffer.concat([Buffer.alloc(4), Buffer.from(`j${text}`)])
    frame.writeUInt32BE(frame.length - 4)
    socket.write(frame)
    const [answer] = await hear(socket)
    assert.ok(answer?.kind === "json" && JSON.stringify(answer.value).includes('"failed"'), text)
  }
})

test("serves two at once, each with its own answer", async () => {
  const [first, second] = [ask("wait"), ask("wait")]
  assert.deepEqual(await ask("greet", { name: "Ben" }), {
    kind: "done",
    text: "hello Ben",
    value: { name: "Ben" },
  })
  // A command that has begun is known by its progress; both have, once a third was answered after them.
  while (releases.length < 2) await ask("greet", { name: "x" })
  for (const release of releases.reverse()) release()
  assert.deepEqual(await Promise.all([first, second]), [
    { kind: "done", text: "done", value: 2 },
    { kind: "done", text: "done", value: 2 },
  ])
})

test("tells a command that its client has gone", async () => {
  const socket = await open()
  socket.write(encodeJson({ command: "wait", arguments: {} }))
  await once(socket, "data")
  const [signal] = signals
  assert.ok(signal && !signal.aborted)
  const gone = once(signal, "abort")
  socket.destroy()
  await gone
  waits = async () => releases.forEach(release => void release())
})

test("pours no faster than its client reads, and loses nothing", async () => {
  const frames = await (async () => {
    const socket = await open()
    socket.write(encodeJson({ command: "pour", arguments: { pieces: 20 } }))
    return await hear(socket)
  })()
  const bytes = frames.flatMap(frame => (frame.kind === "bytes" ? [frame.bytes] : []))
  assert.deepEqual(
    bytes.map(piece => [piece.length, piece[0]]),
    Array.from({ length: 20 }, (_, at) => [256 * 1024, at]),
  )
})

test("takes the place of a socket that a killed server left", async () => {
  await door.close()
  const left = await openControlDoor({ path, commands, log })
  await left.close()
  door = await openControlDoor({ path, commands, log })
  assert.deepEqual(await ask("greet", { name: "Anna" }), {
    kind: "done",
    text: "hello Anna",
    value: { name: "Anna" },
  })
})

test("opens no socket in a folder that somebody else may have put into a shared one", async () => {
  const shared = join(folder, "shared")
  await mkdir(shared)
  await chmod(shared, 0o1777)
  const openAt = async (name: string): Promise<void> => {
    const opened = await openControlDoor({ path: join(shared, name, "control.sock"), commands, log })
    await opened.close()
  }
  await mkdir(join(shared, "open"), { mode: 0o777 })
  await chmod(join(shared, "open"), 0o777)
  await assert.rejects(openAt("open"), SocketFolderError)
  await symlink(folder, join(shared, "link"))
  await assert.rejects(openAt("link"), SocketFolderError)
  await mkdir(join(shared, "ours"), { mode: 0o700 })
  await openAt("ours")
  await openAt("new")
  assert.equal((await stat(join(shared, "new"))).mode & 0o777, 0o700)
})

test("moves the socket of a long path to a folder of its own, the same for the same data folder", () => {
  const long = join("/srv", "x".repeat(120))
  const moved = controlSocketPath(long)
  assert.ok(Buffer.byteLength(moved) <= socketPathLimit)
  assert.ok(moved.startsWith(tmpdir()))
  assert.equal(controlSocketPath(long), moved)
  assert.notEqual(controlSocketPath(`${long}y`), moved)
  assert.equal(controlSocketPath("/srv/data"), "/srv/data/run/control.sock")
})

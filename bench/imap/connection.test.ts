import assert from "node:assert/strict"
import { once } from "node:events"
import { type AddressInfo, createServer, type Socket } from "node:net"
import { type TestContext, test } from "node:test"
import { Connection } from "./connection.ts"

/** Answers each line by `answer`, in pieces of `size` octets. */
async function serving(t: TestContext, size: number, answer: (line: string) => string): Promise<number> {
  const talk = (socket: Socket) => {
    let unread = ""
    // one answer after the other, however the lines came
    let writing = Promise.resolve()
    const write = async (bytes: Buffer) => {
      for (let at = 0; at < bytes.length; at += size) {
        socket.write(bytes.subarray(at, at + size))
        await new Promise<void>(resolve => setImmediate(resolve))
      }
    }
    socket.setNoDelay(true)
    socket.write("* OK hello\r\n")
    socket.on("data", (chunk: Buffer) => {
      unread += chunk.toString("latin1")
      const lines = unread.split("\r\n")
      unread = lines.pop() ?? ""
      for (const line of lines) writing = writing.then(() => write(Buffer.from(answer(line), "latin1")))
    })
  }
  const server = createServer(talk)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

const tagOf = (line: string) => line.split(" ")[0]
const literal = "* 1 FETCH (BODY[] {14}\r\nTag OK no tag\r\n)\r\n"

function answer(line: string): string {
  if (line.includes("CAPABILITY")) return `* CAPABILITY IMAP4rev1 LITERAL+\r\n${tagOf(line)} OK\r\n`
  if (line.includes("FETCH")) return `${literal}${tagOf(line)} OK Fetched\r\n`
  if (line.includes("WRONG")) return `* more\r\n${tagOf(line)} NO [CANNOT] It is wrong\r\n`
  return `${tagOf(line)} OK Done\r\n`
}

test("reads what stands before the tagged line, wherever the octets are cut", async t => {
  for (const size of [1, 2, 3, 5, 7, 8, 9, 10, 64, 1_000]) {
    const port = await serving(t, size, answer)
    const connection = await Connection.open({ port, user: "ada", password: "x", mailbox: "INBOX" })
    for (let no = 0; no < 3; no += 1)
      assert.equal(
        (await connection.read("FETCH 1 BODY[]")).toString("latin1"),
        literal,
        `in pieces of ${size}`,
      )
    await connection.close()
  }
})

test("gives each of several commands under way its own answer, and says which was refused", async t => {
  const port = await serving(t, 6, answer)
  const connection = await Connection.open({ port, user: "ada", password: "x" })
  const [one, wrong, other] = await Promise.allSettled([
    connection.read("FETCH 1 BODY[]"),
    connection.command("WRONG"),
    connection.read("FETCH 1 BODY[]"),
  ])
  assert.ok(one.status === "fulfilled" && one.value.toString("latin1") === literal)
  assert.ok(other.status === "fulfilled" && other.value.toString("latin1") === literal)
  assert.ok(wrong.status === "rejected")
  assert.match(String(wrong.reason), /NO \[CANNOT\] It is wrong/)
  await connection.close()
})

test("fails what waits when the server hangs up", async t => {
  const server = createServer(socket => {
    socket.write("* OK hello\r\n")
    socket.once("data", () => socket.destroy())
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  await assert.rejects(Connection.open({ port, user: "ada", password: "x" }), /hung up|ECONNRESET/)
})

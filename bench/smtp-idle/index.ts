/**
 * What strangers cost who connect, greet and say no more: resident memory of a server process with the SMTP door
 * before and after. In plain text; budget 60 MB for 1,000.
 *
 *     npm run bench -- smtp-idle [--strangers 1000] [--json]
 */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { connect, type Socket } from "node:net"
import path from "node:path"
import { type BenchOptions, type BenchResult, numberOption } from "../measure/result.ts"

interface Weighed {
  readonly after: string
  readonly megabytes: number
  readonly kilobytesEach: number
}

export async function run(options: BenchOptions): Promise<BenchResult> {
  const strangers = numberOption(options, "strangers", 1_000)
  const server = fork(path.join(import.meta.dirname, "server.ts"))
  const [{ address }] = (await once(server, "message")) as [{ address: string }]
  const rows: Weighed[] = []
  const sockets: Socket[] = []
  const before = await warm(server, address)
  const weighed = async (after: string): Promise<void> => {
    const grown = (await weigh(server)) - before
    rows.push({ after, megabytes: grown / 1e6, kilobytesEach: grown / 1e3 / strangers })
  }
  for (let at = 0; at < strangers; at += 1) sockets.push(await greeted(address))
  await weighed("the greeting")
  for (const socket of sockets) await say(socket, "EHLO stranger.example\r\n")
  await weighed("EHLO")
  for (const socket of sockets) socket.write("MAIL FROM:<")
  await say(sockets[0], "x\r\n")
  await weighed("half a command")
  for (const socket of sockets) socket.destroy()
  server.send("stop")
  await once(server, "exit")
  return {
    name: "smtp-idle",
    tables: [
      {
        title: `Resident memory that ${strangers} idle strangers add`,
        columns: ["after", "MB", "KB each"],
        rows: rows.map(row => [row.after, row.megabytes, row.kilobytesEach]),
      },
    ],
    notes: ["plain text, loopback; the budget is 60 MB for 1,000"],
  }
}

/** A few connections first: the code that serves them is compiled once. */
async function warm(server: ChildProcess, address: string): Promise<number> {
  for (let at = 0; at < 50; at += 1) {
    const socket = await greeted(address)
    await say(socket, "EHLO stranger.example\r\n")
    socket.destroy()
  }
  return weigh(server)
}

async function weigh(server: ChildProcess): Promise<number> {
  server.send("weigh")
  const [{ rss }] = (await once(server, "message")) as [{ rss: number }]
  return rss
}

async function greeted(address: string): Promise<Socket> {
  const [host, port] = address.split(":")
  const socket = connect({ host: host ?? "", port: Number(port) })
  await once(socket, "data")
  return socket
}

async function say(socket: Socket | undefined, text: string): Promise<void> {
  if (socket === undefined) return
  socket.write(text)
  await once(socket, "data")
}

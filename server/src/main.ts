/** The server: reads its configuration, builds the house, opens its doors, and stops. Nobody imports it. */
import { hostname as machineName, userInfo } from "node:os"
import { ArgumentsError, readServeArguments } from "./arguments.ts"
import { buildHouse, layGround } from "./build-house.ts"
import { createClosing } from "./closing.ts"
import { type Configuration, ConfigurationError, loadConfiguration } from "./configuration/index.ts"
import { SocketFolderError } from "./doors/control/index.ts"
import { PlainTextError, tunnelCommand } from "./doors/http/index.ts"
import { openDoors } from "./open-doors.ts"
import { CertificateError } from "./ports/certificate.ts"
import { systemClock as clock } from "./ports/clock.ts"
import { createLog, type Log, own } from "./ports/log.ts"
import { removeReadyFile, writeReadyFile } from "./ready-file.ts"
import { StoreError } from "./store/index.ts"
import { KeyFileError } from "./vaults/index.ts"
import { version } from "./version.ts"

async function serve(): Promise<void> {
  const startedAt = clock.now()
  const asked = readServeArguments(process.argv.slice(2))
  const configuration = loadConfiguration(asked.configFile, asked.dataFolder)
  const log = openLog(configuration)
  log.event("server.starting", { version: own(version), node: own(process.version), pid: process.pid })
  if (asked.readyFile !== undefined) await removeReadyFile(asked.readyFile)

  const closing = createClosing(log)
  const stopAsked = Promise.withResolvers<"SIGTERM" | "SIGINT">()
  process.on("SIGTERM", () => stopAsked.resolve("SIGTERM"))
  process.on("SIGINT", () => stopAsked.resolve("SIGINT"))
  try {
    const ground = layGround(configuration, asked, log, closing)
    const ready = await openDoors(ground, await buildHouse(ground), startedAt)
    if (asked.readyFile !== undefined) await writeReadyFile(asked.readyFile, ready)
    log.event("server.ready", { ms: clock.now() - startedAt })
    if (ready.setup !== undefined) sayWhereToBegin(ready.setup, ready.addresses.http ?? "")
    log.event("server.draining", { signal: await stopAsked.promise })
  } finally {
    const stopping = clock.now()
    await closing.close()
    log.event("server.stopped", { ms: clock.now() - stopping })
  }
}

function openLog(configuration: Configuration): Log {
  const form = process.stdout.isTTY ? "human" : "json"
  return createLog(line => process.stdout.write(line), { clock, form, level: configuration.log.level })
}

function sayWhereToBegin(link: string, address: string): void {
  const remote = process.env.SSH_CONNECTION !== undefined
  const tunnel = tunnelCommand(address, userInfo().username, machineName())
  const lines = [
    "",
    "  Letterkeep is running. Open this link, once, to make the first person:",
    "",
    `    ${link}`,
    "",
    ...(remote ? ["  From your own machine, first open a tunnel:", "", `    ${tunnel}`, ""] : []),
  ]
  process.stdout.write(`${lines.join("\n")}\n`)
}

/** Errors that are sentences for whoever starts the server; all others keep their stack. */
function isForOperator(error: unknown): error is Error {
  return (
    error instanceof ArgumentsError ||
    error instanceof ConfigurationError ||
    error instanceof CertificateError ||
    error instanceof KeyFileError ||
    error instanceof PlainTextError ||
    error instanceof SocketFolderError ||
    error instanceof StoreError ||
    (error instanceof Error && "code" in error && error.code === "EADDRINUSE")
  )
}

try {
  await serve()
} catch (error) {
  if (!isForOperator(error)) throw error
  process.stderr.write(`letterkeep: ${error.message}\n`)
  process.exitCode = 1
}

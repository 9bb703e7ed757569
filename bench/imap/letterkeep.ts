/** Letterkeep with its own Postgres and one person, as everybody starts it. */
import { openHouse } from "../../fixtures/house.ts"
import { addressOf } from "../../fixtures/server.ts"
import type { ImapSide } from "./side.ts"

/**
 * `profile`: a folder for a CPU profile of the server, written when it stops. `other`: another repository than this
 * one, and what it is called.
 */
export async function startLetterkeepSide(
  profile: string | undefined,
  other?: { readonly name: string; readonly root: string },
): Promise<ImapSide> {
  const house = await openHouse(["ada"], {
    config: { imap: { plaintext_on_loopback: true } },
    ...(other === undefined ? {} : { root: other.root }),
    environment: profile === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profile}` },
  })
  const server = house.server()
  const { database, server: own } = server.pids()
  const { address, password } = house.people.ada
  return {
    name: other?.name ?? "Letterkeep",
    port: addressOf(server.ready, "imap").port,
    user: address,
    password,
    trees: [
      { program: "Node", pid: own },
      ...(database === undefined ? [] : [{ program: "PostgreSQL", pid: database }]),
    ],
    prepare: async () => undefined,
    complaints: async () =>
      (await server.log())
        .split("\n")
        .filter(line => !line.includes('"info"'))
        .slice(-20)
        .join("\n"),
    stop: () => house.close(),
  }
}

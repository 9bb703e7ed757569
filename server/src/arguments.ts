import { parseArgs } from "node:util"

/** What a node can be asked to do: take mail, serve mail programs and pages, do what must be done from time to time. */
export const roles = ["smtp", "imap", "http", "worker"] as const
export type Role = (typeof roles)[number]

export interface ServeArguments {
  readonly dataFolder: string
  /** Undefined: letterkeep.toml in the data folder, if it is there. */
  readonly configFile: string | undefined
  /** Written when the server is ready: see ready-file.ts. */
  readonly readyFile: string | undefined
  readonly roles: ReadonlySet<Role>
}

/** What the person who starts the server can mend. */
export class ArgumentsError extends Error {
  override readonly name = "ArgumentsError"
  readonly temporary = false
}

export const serveUsage = `letterkeep serve [--data DIR] [--config FILE] [--ready-file FILE] [--roles ${roles.join(",")}]`

export function readServeArguments(argv: readonly string[]): ServeArguments {
  const values = parse(argv)
  const asked = (values.roles ?? roles.join(",")).split(",").map(role => role.trim())
  const chosen = new Set<Role>()
  for (const role of asked) {
    if (!isRole(role)) throw new ArgumentsError(`there is no role "${role}": choose of ${roles.join(", ")}`)
    chosen.add(role)
  }
  return {
    dataFolder: values.data ?? "data",
    configFile: values.config,
    readyFile: values["ready-file"],
    roles: chosen,
  }
}

function parse(argv: readonly string[]) {
  try {
    const options = {
      data: { type: "string" },
      config: { type: "string" },
      "ready-file": { type: "string" },
      roles: { type: "string" },
    } as const
    return parseArgs({ args: [...argv], options }).values
  } catch (cause) {
    throw new ArgumentsError(
      `${cause instanceof Error ? cause.message : "not understood"}\nusage: ${serveUsage}`,
      {
        cause,
      },
    )
  }
}

function isRole(word: string): word is Role {
  return (roles as readonly string[]).includes(word)
}

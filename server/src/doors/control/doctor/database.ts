import type { Store } from "../../../store/index.ts"
import { type Finding, look, well } from "./finding.ts"

/** As whom the server works on its database. */
export function examineDatabase({ rights }: Pick<Store, "rights">): Finding {
  const about = "database"
  if (rights.kind === "apart")
    return well(
      about,
      `the server works as ${rights.role}, which cannot change what only grows, nor make tables`,
    )
  return look(
    about,
    `the server works as the owner of its database, since ${rights.why}`,
    `let the database's administrator run: create role ${rights.role} nologin noinherit; grant ${rights.role} to the user of DATABASE_URL with admin option`,
  )
}

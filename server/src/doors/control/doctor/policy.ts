import { type Finding, look, well } from "./finding.ts"

/** Whether the page of the policy says who runs this server; `missing`: settings of `[operator]` that are empty. */
export function examinePolicy(missing: readonly string[]): Finding {
  const about = "policy"
  if (missing.length === 0) return well(about, "the page /privacy says who runs this server and where")
  return look(
    about,
    `the page /privacy says "not given" for the operator's ${missing.join(", ")}`,
    `set ${missing.map(key => `[operator] ${key}`).join(", ")} in letterkeep.toml`,
  )
}

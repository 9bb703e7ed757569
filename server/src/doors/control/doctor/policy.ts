import { type Finding, look, well } from "./finding.ts"

/**
 * Whether the page of the policy says who runs this server; `missing`: settings of `[operator]` that are empty. Where
 * a database of the operator's choice stands is not to be seen from here: `isDatabaseGiven` asks that regions says it.
 */
export function examinePolicy(missing: readonly string[], isDatabaseGiven: boolean): Finding {
  const about = "policy"
  const database = isDatabaseGiven
    ? "; [operator] regions has to name the country where the given database stands too"
    : ""
  if (missing.length === 0)
    return well(about, `the page /privacy says who runs this server and where${database}`)
  return look(
    about,
    `the page /privacy says "not given" for the operator's ${missing.join(", ")}`,
    `set ${missing.map(key => `[operator] ${key}`).join(", ")} in letterkeep.toml${database}`,
  )
}

import { type AccountId, asId, type ModSeq } from "../store/index.ts"

/**
 * The channel on which every node hears of changes.
 *
 *   payload = pair *("," pair)
 *   pair    = account ":" modseq      ; decimal
 */
export const changesChannel = "changes"

export interface Changed {
  readonly account: AccountId
  readonly modseq: ModSeq
}

/** Postgres refuses a notification of 8,000 octets or more. */
const payloadLimit = 7900

/** As few payloads as hold all pairs. */
export function writeNotifications(changed: Iterable<Changed>): string[] {
  const payloads: string[] = []
  let payload = ""
  for (const { account, modseq } of changed) {
    const pair = `${account}:${modseq}`
    if (payload !== "" && payload.length + 1 + pair.length > payloadLimit) {
      payloads.push(payload)
      payload = ""
    }
    payload += payload === "" ? pair : `,${pair}`
  }
  if (payload !== "") payloads.push(payload)
  return payloads
}

/** Pairs that are not understood are passed over: another release may have written them. */
export function readNotification(payload: string): Changed[] {
  const changed: Changed[] = []
  for (const pair of payload.split(",")) {
    const match = /^(\d{1,16}):(\d{1,16})$/.exec(pair)
    if (match === null) continue
    changed.push({ account: asId(Number(match[1])), modseq: asId(Number(match[2])) })
  }
  return changed
}

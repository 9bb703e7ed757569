/**
 * A person's own rules on senders. The database holds keyed hashes of patterns, to look them up, and the patterns
 * sealed to the account, to show them to their owner.
 *
 *     pattern = address            "a@b.example"      this address
 *             / ["@"] domain       "@b.example"       every address of this domain
 *             / "*." domain        "*.b.example"      every address of its subdomains
 *
 * The closest pattern decides: address before domain, domain before the nearest parent, and so on. `block` counts on
 * the From address and on the reverse-path; `allow` on From only, since that is what screening proves and what a
 * reader sees: anybody's proven From could stand behind a friend's reverse-path. Equally close, `block` wins.
 */
import { createBoundedMap } from "../ports/bounded-map.ts"
import type { Log } from "../ports/log.ts"
import { type MailAddress, type Privacy, type SenderPattern, senderPattern } from "../privacy/index.ts"
import { type AccountId, asId } from "../store/ids.ts"
import type { Store, Tx } from "../store/index.ts"
import type { VaultSession, Vaults } from "../vaults/index.ts"
import { parseAddress } from "./address.ts"
import { normaliseDomain } from "./domain.ts"
import { findAccount } from "./find-account.ts"
import { type Refused, refused } from "./refusal.ts"

const CHANNEL = "people_rules"
const MAX_RULES = 1_000
const MAX_ACCOUNTS_KEPT = 5_000
/** Labels of a domain that are looked at: a name has 127 at most, an honest one few. */
const MAX_PARENTS = 8

export type RuleAction = "allow" | "block"
export type RuleVerdict = RuleAction | "none"
export type AddedRule =
  | {
      readonly kind: "added"
      readonly accountId: AccountId
      readonly action: RuleAction
      readonly pattern: SenderPattern
    }
  | Refused

type Rules = ReadonlyMap<string, RuleAction>

export interface SenderRules {
  /** `isHere`: both addresses are of an account here, so that a tag says nothing of whose they are. */
  verdict(
    account: AccountId,
    fromAddress: MailAddress,
    envelopeFrom: MailAddress,
    isHere?: boolean,
  ): Promise<RuleVerdict>
  /**
   * Of the account with this address. A second rule on the same pattern takes the first one's place. `alongside` is
   * done in the same transaction, when the rule is there.
   */
  add(
    address: string,
    action: RuleAction,
    pattern: string,
    alongside?: (tx: Tx) => Promise<void>,
  ): Promise<AddedRule>
  list(session: VaultSession): Promise<readonly SenderRule[]>
  close(): Promise<void>
}

export interface SenderRule {
  readonly id: number
  readonly action: RuleAction
  /** Undefined where this session does not open it: made before an administrator's reset. */
  readonly pattern: SenderPattern | undefined
}

interface Parts {
  readonly store: Store
  readonly vaults: Vaults
  readonly privacy: Pick<Privacy, "gate">
  readonly clock: { now(): number }
  readonly log: Log
}

export async function openSenderRules({ store, vaults, privacy, clock, log }: Parts): Promise<SenderRules> {
  const kept = createBoundedMap<AccountId, Rules>(MAX_ACCOUNTS_KEPT)
  let changes = 0
  const stop = await store.listen(
    CHANNEL,
    account => {
      changes += 1
      kept.delete(asId<AccountId>(Number(account)))
    },
    () => {
      changes += 1
      kept.clear()
    },
  )

  async function rulesOf(account: AccountId): Promise<Rules> {
    const known = kept.get(account)
    if (known !== undefined) return known
    const before = changes
    const rows = await store.sql<{ subject_hash: Buffer; action: RuleAction; mac: Buffer }[]>`
      select subject_hash, action, mac from sender_rule where account_id = ${account}`
    const ours = rows.filter(row => vaults.isMacOf(row.mac, "sender-rule", ...bound(account, row)))
    if (ours.length < rows.length)
      log.event("people.rule-not-ours", { account, rules: rows.length - ours.length })
    const rules = new Map(ours.map(row => [row.subject_hash.toString("latin1"), row.action]))
    if (before === changes) kept.set(account, rules)
    return rules
  }

  const hash = (account: AccountId, subject: string): Buffer =>
    vaults.keyedHash(account, "sender-rule", subject)

  return {
    verdict: (account, fromAddress, envelopeFrom, isHere = false) =>
      privacy.gate("mail.screen", { kind: "account", account }, async permit => {
        const rules = await rulesOf(account)
        if (rules.size === 0) return "none"
        const from = subjectsOf(fromAddress.open(permit), isHere)
        const envelope = subjectsOf(envelopeFrom.open(permit), isHere)
        for (let near = 0; near < Math.max(from.length, envelope.length); near++) {
          const [byFrom, byEnvelope] = [from[near], envelope[near]].map(subject =>
            subject === undefined ? undefined : rules.get(hash(account, subject).toString("latin1")),
          )
          if (byFrom === "block" || byEnvelope === "block") return "block"
          if (byFrom === "allow") return "allow"
        }
        return "none"
      }),

    async add(addressText, action, patternText, alongside = async () => undefined) {
      const pattern = parsePattern(patternText)
      if (pattern === undefined) {
        return refused(
          "bad-pattern",
          "A pattern is an address (a@b.example), a domain (b.example) or its subdomains (*.b.example).",
        )
      }
      const address = parseAddress(addressText)
      const added = await store.transaction(async tx => {
        const account = address === undefined ? undefined : await findAccount(tx, address)
        if (account === undefined) return refused("no-such-account", "There is no account with that address.")
        const { id } = account
        await tx`select account_id from account where account_id = ${id} for update`
        const subject = hash(id, pattern.subject)
        await tx`delete from sender_rule where account_id = ${id} and subject_hash = ${subject}`
        const [counted] = await tx<{ rules: number; next: number }[]>`
          select count(*) as rules, coalesce(max(rule_id), 0) + 1 as next from sender_rule where account_id = ${id}`
        if (counted === undefined || counted.rules >= MAX_RULES) {
          return refused("too-many", `An account has at most ${MAX_RULES} rules.`)
        }
        const sealed = await vaults.sealToVault(
          tx,
          id,
          "rule",
          counted.next,
          Buffer.from(pattern.text, "utf8"),
        )
        const mac = vaults.macOf("sender-rule", ...bound(id, { subject_hash: subject, action }))
        await tx`insert into sender_rule (account_id, rule_id, subject_hash, action, pattern_sealed, mac, created_at)
          values (${id}, ${counted.next}, ${subject}, ${action}, ${sealed}, ${mac}, ${new Date(clock.now())})`
        await alongside(tx)
        await store.notify(tx, CHANNEL, String(id))
        return { kind: "added", action, pattern: senderPattern(pattern.text, id), id } as const
      })
      if (added.kind === "refused") return added
      changes += 1
      kept.delete(added.id)
      return { kind: "added", accountId: added.id, action: added.action, pattern: added.pattern }
    },

    async list(session) {
      const rows = await store.sql<{ rule_id: number; action: RuleAction; pattern_sealed: Buffer }[]>`
        select rule_id, action, pattern_sealed from sender_rule where account_id = ${session.account} order by rule_id`
      return rows.map(row => ({
        id: row.rule_id,
        action: row.action,
        pattern: session.generations.includes(row.pattern_sealed.readUInt32BE(0))
          ? senderPattern(
              session.openFromVault("rule", row.rule_id, row.pattern_sealed).toString("utf8"),
              session.account,
            )
          : undefined,
      }))
    },
    close: stop,
  }
}

/** A rule that somebody else wrote, or changed, in the database does not count. */
function bound(account: AccountId, rule: { readonly subject_hash: Buffer; readonly action: RuleAction }) {
  return [account, rule.subject_hash.toString("hex"), rule.action] as const
}

interface Pattern {
  /** As it is shown. */
  readonly text: string
  /** As it is hashed. */
  readonly subject: string
}

function parsePattern(given: string): Pattern | undefined {
  const text = given.trim()
  if (text.startsWith("*.")) {
    const parent = normaliseDomain(text.slice(2))
    return parent === undefined ? undefined : { text: `*.${parent}`, subject: `under ${parent}` }
  }
  if (text.startsWith("@") || !text.includes("@")) {
    const domain = normaliseDomain(text.startsWith("@") ? text.slice(1) : text)
    return domain === undefined ? undefined : { text: `@${domain}`, subject: `domain ${domain}` }
  }
  const parsed = parseAddress(text)
  return parsed === undefined ? undefined : { text: parsed.address, subject: `address ${parsed.address}` }
}

/** What a sender can be matched by, closest first: the address, the same without its tag, its domain, the parents of that. */
function subjectsOf(text: string, isHere: boolean): readonly string[] {
  const parsed = parseAddress(text)
  const domain = parsed?.domain ?? normaliseDomain(text.slice(text.lastIndexOf("@") + 1))
  if (domain === undefined) return []
  // A local part that we cannot read still has a domain: the place of the address stays empty of matches.
  const subjects = [`address ${parsed?.address ?? ""}`]
  if (isHere) subjects.push(`address ${parsed === undefined ? "" : `${parsed.untagged}@${domain}`}`)
  subjects.push(`domain ${domain}`)
  const labels = domain.split(".")
  for (let at = 1; at < labels.length - 1 && at <= MAX_PARENTS; at++) {
    subjects.push(`under ${labels.slice(at).join(".")}`)
  }
  return subjects
}

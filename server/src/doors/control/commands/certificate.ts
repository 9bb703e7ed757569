import { z } from "zod"
import type { CertificateState, Certificates } from "../../../certificates/index.ts"
import { ControlError, command } from "../command.ts"

export interface CertificateFacts {
  /** Undefined where no authority is asked. */
  readonly certificates: Pick<Certificates, "state" | "renewNow"> | undefined
  /** What this node shows now, whoever issued it. */
  readonly current: () => {
    readonly selfSigned: boolean
    readonly expiresAt: number
    readonly names: readonly string[]
  }
  readonly now: () => number
}

/** What is in force, and a new one at once: `--renew`, and with `--new-key` for another key. */
export const certificateCommands = ({ certificates, current, now }: CertificateFacts) => [
  command(
    "certificate",
    z.object({ renew: z.boolean().optional(), "new-key": z.boolean().optional() }),
    async (input, call) => {
      const newKey = input["new-key"] === true
      if (newKey && input.renew !== true) throw new ControlError("--new-key goes with --renew")
      if (input.renew === true) {
        if (certificates === undefined)
          throw new ControlError("no authority is asked: set [acme] directory, or renew [tls] cert yourself")
        call.progress("asking the authority; it may take some minutes")
        const renewed = await certificates.renewNow({ newKey })
        if (renewed.kind === "busy")
          throw new ControlError("a certificate is being ordered already; see ./letterkeep certificate")
        if (renewed.kind === "failed")
          throw new ControlError(
            `${renewed.says}\n-> ${renewed.todo}\nit is tried again on ${written(renewed.nextTry)}`,
          )
      }
      const state = await certificates?.state()
      const { selfSigned, expiresAt, names } = current()
      const value = { inForce: { selfSigned, expiresAt: written(expiresAt), names }, authority: shown(state) }
      return { text: [...linesInForce(current(), state, now()), ...linesOf(state)].join("\n"), value }
    },
  ),
]

function linesInForce(
  { selfSigned, expiresAt, names }: ReturnType<CertificateFacts["current"]>,
  state: CertificateState | undefined,
  now: number,
): readonly string[] {
  const days = Math.floor((expiresAt - now) / day)
  const issuer = selfSigned
    ? "itself: people's programs warn"
    : (state?.issued?.issuer ?? "an authority of the operator's choice")
  return [
    `names      ${names.join(", ")}`,
    `signed by  ${issuer}`,
    `good       until ${written(expiresAt)}${days < 0 ? ": it has expired" : `, ${days} more days`}`,
  ]
}

function linesOf(state: CertificateState | undefined): readonly string[] {
  if (state === undefined) return ["renewed    by the operator: no authority is asked ([acme] directory)"]
  const { issued, trouble, underWay, directory, challenge } = state
  return [
    `authority  ${directory} (${challenge})`,
    `renewed    ${issued === undefined ? "as soon as the first one is there" : `by itself, on ${written(issued.renewAt)}`}`,
    ...(underWay ? ["now        a certificate is being ordered"] : []),
    ...(trouble === undefined
      ? []
      : [
          `failed     ${trouble.says}`,
          `           -> ${trouble.todo}`,
          `           ${trouble.failures === 1 ? "once" : `${trouble.failures} times in a row`}; tried again on ${written(trouble.nextTry)}`,
        ]),
  ]
}

function shown(state: CertificateState | undefined) {
  if (state === undefined) return undefined
  const { issued, trouble } = state
  return {
    ...state,
    issued:
      issued === undefined
        ? undefined
        : { ...issued, notAfter: written(issued.notAfter), renewAt: written(issued.renewAt) },
    trouble: trouble === undefined ? undefined : { ...trouble, nextTry: written(trouble.nextTry) },
  }
}

const day = 24 * 60 * 60 * 1000

function written(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+/, "")
}

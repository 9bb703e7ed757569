import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { TestContext } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { freePort } from "../fixtures/daemons.ts"
import { startPostfix } from "../fixtures/postfix.ts"
import type { SmtpAddress } from "../fixtures/smtp-client.ts"
import { makeTempFolder, removeFolder } from "../fixtures/temp-folder.ts"
import type { TestCertificate } from "../server/src/ports/network/test-certificates.ts"
import { needRoot, needTool } from "./tools.ts"

/** A Postfix of a test's own, every message that it takes relayed to one server. */
export interface PostfixRelay {
  /** Where it takes mail. */
  readonly smtp: SmtpAddress
  /** Resolves when its queue is empty; throws with its log when a message cannot be handed over. */
  handedOver(): Promise<void>
  log(): Promise<string>
  stop(): Promise<void>
}

export interface PostfixRelayOptions {
  readonly next: SmtpAddress
  /** How it hands on. Without it, in plain text. */
  readonly tls?: "none" | "encrypt"
  /** Keywords that it does not offer, with commas. */
  readonly without?: string
  /** Of main.cf, by name. */
  readonly settings?: Readonly<Record<string, string>>
  /** A free one; without it, any. */
  readonly port?: number
}

const patience = 60_000

/** Whether a test can start one here; else it is skipped. */
export function needPostfix(t: TestContext): boolean {
  return needTool(t, "postfix", "postfix") !== undefined && needRoot(t)
}

export async function startPostfixRelay(options: PostfixRelayOptions): Promise<PostfixRelay> {
  const folder = await makeTempFolder()
  const port = options.port ?? (await freePort())
  const settings = { ...relayed(options), ...options.settings }
  const postfix = await startPostfix({ folder, doors: [{ port }], settings }).catch(
    async (error: unknown) => {
      await removeFolder(folder)
      throw error
    },
  )
  return {
    smtp: { host: "127.0.0.1", port },
    log: postfix.log,
    async handedOver() {
      const deadline = Date.now() + patience
      while (postfix.queued() > 0) {
        const text = await postfix.log()
        if (/status=(bounced|deferred)/.test(text))
          throw new Error(`Postfix could not hand over:\n${text.slice(-3000)}`)
        if (Date.now() > deadline) throw new Error(`Postfix still has mail:\n${text.slice(-3000)}`)
        await wait(50)
      }
    },
    async stop() {
      await postfix.stop()
      await removeFolder(folder)
    },
  }
}

function relayed({
  next,
  tls = "none",
  without = "",
}: PostfixRelayOptions): Readonly<Record<string, string>> {
  return {
    myhostname: "relay.example",
    mynetworks: "127.0.0.0/8",
    smtpd_discard_ehlo_keywords: without,
    smtpd_relay_restrictions: "permit_mynetworks, reject",
    relayhost: `[${next.host}]:${next.port}`,
    smtp_dns_support_level: "disabled",
    smtp_host_lookup: "native",
    smtp_tls_security_level: tls,
    smtp_tls_loglevel: "1",
    // headers are relayed as they came
    local_header_rewrite_clients: "",
    disable_mime_output_conversion: "yes",
    smtputf8_enable: "no",
  }
}

/** Settings of a Postfix that offers TLS, with this certificate; the file of both is written into the folder. */
export async function offeringTls(
  folder: string,
  { pem, made }: TestCertificate,
): Promise<Readonly<Record<string, string>>> {
  const file = join(folder, "far.pem")
  await writeFile(file, made.key.export({ type: "pkcs8", format: "pem" }).toString() + pem)
  return { smtpd_tls_security_level: "may", smtpd_tls_cert_file: file, smtpd_tls_key_file: file }
}

/** Organisations and domains, what others have to find of them in the DNS, and what others report. */
import type { CliCommand } from "../cli-command.ts"

export const domainCommands: readonly CliCommand[] = [
  { words: "org add", takes: ["name"], does: "makes an organisation" },
  {
    words: "domain add",
    takes: ["domain"],
    options: { org: "text" },
    does: "takes mail for a domain; --org NAME when there are several organisations",
  },
  {
    words: "dns",
    takes: ["domain"],
    options: { zone: "flag", watch: "text" },
    does: "lists what has to be in the DNS for a domain, and says what is wrong there; --watch MINUTES: what changes",
  },
  {
    words: "dkim list",
    takes: ["domain"],
    does: "shows the keys that sign a domain's mail, and their records",
  },
  {
    words: "dkim rotate",
    takes: ["domain"],
    options: { now: "flag" },
    does: "makes new keys, used from when their records are in the DNS; --now: at once",
  },
  {
    words: "dkim revoke",
    takes: ["domain", "selector"],
    does: "ends a key at once that somebody else may know",
  },
  {
    words: "dmarc",
    takes: ["domain"],
    options: { days: "text" },
    does: "says who sent mail in a domain's name, as other servers report it, and what p=reject would do; --days 30",
  },
  {
    words: "tls-reports",
    takes: ["domain"],
    options: { days: "text" },
    does: "says how others reached a domain's mail servers over TLS, as they report it; --days 30",
  },
]

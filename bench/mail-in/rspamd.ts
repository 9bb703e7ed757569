/**
 * rspamd as a milter with SPF, DKIM and DMARC alone, and nothing that keeps state: such a set-up needs no Redis,
 * which favours this side. The workers scan by themselves, one for each core; Authentication-Results is added.
 */
import { chownSync, mkdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import { type Daemon, listening, runOnce, startDaemon } from "../../fixtures/daemons.ts"

export const rspamdProgram = "/usr/bin/rspamd"

export async function startRspamd(
  folder: string,
  port: number,
  resolver: string,
  output: string,
): Promise<Daemon> {
  mkdirSync(folder, { recursive: true })
  const user = Number(runOnce("/usr/bin/id", ["-u", "_rspamd"]))
  chownSync(folder, user, user)
  const file = path.join(folder, "rspamd.conf")
  writeFileSync(
    file,
    `options {
  filters = "dkim";
  pidfile = "${folder}/rspamd.pid";
  control_socket = "${folder}/control.sock mode=0600";
  dns { nameserver = ["${resolver}:10"]; timeout = 1s; sockets = 16; retransmits = 5; }
  cache_file = "${folder}/symbols.cache";
  tempdir = "${folder}";
  hs_cache_dir = "${folder}";
}
logging { type = "file"; filename = "${folder}/rspamd.log"; level = "warning"; }
worker "rspamd_proxy" {
  bind_socket = "127.0.0.1:${port}";
  milter = yes;
  timeout = 120s;
  upstream "local" { default = yes; self_scan = yes; }
  count = 2;
}
modules {
  path = "/usr/share/rspamd/plugins/spf.lua";
  path = "/usr/share/rspamd/plugins/dmarc.lua";
  path = "/usr/share/rspamd/plugins/milter_headers.lua";
}
spf { spf_cache_size = 2k; check_local = true; }
dkim { dkim_cache_size = 2k; check_local = true; }
dmarc { check_local = true; actions { reject = "reject"; quarantine = "add_header"; } }
milter_headers { use = ["authentication-results"]; skip_local = false; skip_authenticated = false; }
actions { reject = 15; add_header = 6; }
group "policies" { .include "/etc/rspamd/scores.d/policies_group.conf" }
`,
  )
  const daemon = await startDaemon(
    rspamdProgram,
    ["-f", "-u", "_rspamd", "-g", "_rspamd", "-c", file],
    output,
  )
  try {
    await listening({ port })
  } catch (error) {
    await daemon.stop()
    throw error
  }
  return daemon
}

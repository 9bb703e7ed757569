import { ownRole } from "../app-role.ts"

/**
 * How the embedded Postgres is set. The file is written anew at every start, so that a new release's settings
 * take hold; an operator's own go into `operator.conf` beside it, which is read last.
 *
 * Sizes suit 1,500 mails/s of 27 KB (40 MB/s of bodies, about 60 MB/s of WAL at first) on two cores, and an idle
 * program under 200 MB: bodies are written once and seldom read again, so a large buffer pool buys nothing.
 */
const settings: Readonly<Record<string, string>> = {
  // Reached by its socket alone, in a folder of its own. Relative to the cluster, so that no length matters here.
  listen_addresses: "",
  unix_socket_directories: "../run",
  unix_socket_permissions: "0700",
  max_connections: "60",
  superuser_reserved_connections: "3",
  cluster_name: "letterkeep",

  // A yes to a sender means that the message is on the disk.
  fsync: "on",
  full_page_writes: "on",
  synchronous_commit: "on",

  // A checkpoint every 30 s or so under full load; then pages that are touched again go whole into the WAL, hence
  // compression. Sealed bodies do not shrink and go by their own pages, uncompressed. Sizes: `walSizes`.
  checkpoint_timeout: "15min",
  checkpoint_completion_target: "0.9",
  wal_compression: "pglz",
  wal_buffers: "16MB",

  // Memory. I/O by the process itself saves three workers that an idle house does not need.
  shared_buffers: "64MB",
  work_mem: "8MB",
  maintenance_work_mem: "64MB",
  io_method: "sync",
  max_worker_processes: "4",
  max_parallel_workers_per_gather: "0",
  max_parallel_maintenance_workers: "0",
  autovacuum_max_workers: "2",
  autovacuum_worker_slots: "4",
  jit: "off",

  // The log must not show data: an ERROR quotes what it chokes on, so errors stay with whoever asked.
  log_min_messages: "log",
  log_min_error_statement: "panic",
  log_error_verbosity: "terse",
  log_statement: "none",
  log_min_duration_statement: "-1",
  log_parameter_max_length: "0",
  log_parameter_max_length_on_error: "0",
  log_checkpoints: "off",
  log_autovacuum_min_duration: "-1",
  log_lock_waits: "off",
  log_connections: "",
  log_disconnections: "off",
  logging_collector: "off",
  log_line_prefix: "%m [%p] ",

  timezone: "UTC",
  log_timezone: "UTC",
  datestyle: "iso, ymd",
  lc_messages: "C",
}

/** `folder` holds this file and the two others; the operator's are read last, where there are any. */
export function renderSettings(place: {
  readonly folder: string
  /** Of the volume, free or not. */
  readonly volumeBytes: number
  readonly operatorsFile: string | undefined
}): string {
  const { folder, volumeBytes, operatorsFile } = place
  const files = { hba_file: `${folder}/pg_hba.conf`, ident_file: `${folder}/pg_ident.conf` }
  const all = { ...settings, ...walSizes(volumeBytes), ...files }
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${quote(value)}`)
  if (operatorsFile !== undefined) lines.push(`include ${quote(operatorsFile)}`)
  return `# Written by Letterkeep at each start. Your own settings belong into operator.conf, beside this file.\n${lines.join("\n")}\n`
}

const megabyte = 1024 * 1024

/** Up to 2 GB of WAL between checkpoints, but no more than a twentieth of the volume; at least four files of 16 MB. */
export function walSizes(volumeBytes: number): { max_wal_size: string; min_wal_size: string } {
  const most = Math.floor(Math.min(2048, Math.max(64, volumeBytes / megabyte / 20)))
  return { max_wal_size: `${most}MB`, min_wal_size: `${Math.max(32, Math.floor(most / 8))}MB` }
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`

export const superuser = "letterkeep"
export const databaseName = "letterkeep"

/** Peer through the private socket folder: the kernel says who asks, so there is no password to keep or lose. */
export const hostRules = "local all all peer map=letterkeep\n"

/** Only the user that Letterkeep itself runs as comes in: as the owner of all, and as whom it works as afterwards. */
export function renderIdentMap(systemUser: string): string {
  const quoted = `"${systemUser.replaceAll('"', '""')}"`
  return [superuser, ownRole].map(role => `letterkeep ${quoted} ${role}\n`).join("")
}

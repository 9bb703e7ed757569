/** `1,234 bytes`, `12.3 KB`: of 1,000, as disks are sold. */
export function formatBytes(bytes: number): string {
  if (bytes < 10_000) return `${bytes.toLocaleString("en")} bytes`
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1_000, "KB"] : [bytes / 1_000_000, "MB"]
  return `${value.toLocaleString("en", { maximumFractionDigits: 1 })} ${unit}`
}

/** In the reader's own zone and manner. */
export function formatTime(ms: number): string {
  return new Date(ms).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" })
}

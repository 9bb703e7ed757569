const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/** date-time of RFC 5322 §3.3, in UTC: "Thu, 26 Nov 2026 04:20:00 +0000". Milliseconds since 1970, years to 9999. */
export function mailDate(ms: number): string {
  const date = new Date(ms)
  const time = date.toISOString().slice(11, 19)
  const day = `${days[date.getUTCDay()] ?? ""}, ${date.getUTCDate()}`
  return `${day} ${months[date.getUTCMonth()] ?? ""} ${date.getUTCFullYear()} ${time} +0000`
}

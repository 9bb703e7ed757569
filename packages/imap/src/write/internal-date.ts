const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/**
 *     date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE     RFC 9051 §9
 *
 * In UTC, whatever zone a client gave. `ms` since 1970; the year has four digits.
 */
export function internalDate(ms: number): string {
  const date = new Date(ms)
  const two = (number: number): string => String(number).padStart(2, "0")
  const day = String(date.getUTCDate()).padStart(2, " ")
  const year = String(date.getUTCFullYear()).padStart(4, "0")
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
  return `"${day}-${months[date.getUTCMonth()]}-${year} ${time} +0000"`
}

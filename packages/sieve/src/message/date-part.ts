/** Parts of a moment as texts (RFC 5260 §4.2), on a clock so many minutes east of Greenwich. */
export const datePartNames = [
  ...["year", "month", "day", "date", "julian", "hour", "minute", "second", "time"],
  ...["iso8601", "std11", "zone", "weekday"],
] as const

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const msPerDay = 86_400_000
/** The modified Julian day of 1970-01-01. */
const epochDay = 40_587

/** Undefined for a part that there is not; names in any case. */
export function datePart(name: string, ms: number, offsetMinutes: number): string | undefined {
  const local = new Date(ms + offsetMinutes * 60_000)
  if (Number.isNaN(local.getTime())) return undefined
  const year = digits(local.getUTCFullYear(), 4)
  const month = digits(local.getUTCMonth() + 1, 2)
  const day = digits(local.getUTCDate(), 2)
  const hour = digits(local.getUTCHours(), 2)
  const minute = digits(local.getUTCMinutes(), 2)
  const second = digits(local.getUTCSeconds(), 2)
  const time = `${hour}:${minute}:${second}`
  const date = `${year}-${month}-${day}`
  switch (name.toLowerCase()) {
    case "year":
      return year
    case "month":
      return month
    case "day":
      return day
    case "date":
      return date
    case "julian":
      return String(Math.floor(local.getTime() / msPerDay) + epochDay)
    case "hour":
      return hour
    case "minute":
      return minute
    case "second":
      return second
    case "time":
      return time
    case "iso8601":
      return `${date}T${time}${offsetMinutes === 0 ? "Z" : zoneText(offsetMinutes, ":")}`
    case "std11": {
      const weekday = days[local.getUTCDay()]
      return `${weekday}, ${day} ${months[local.getUTCMonth()]} ${year} ${time} ${zoneText(offsetMinutes, "")}`
    }
    case "zone":
      return zoneText(offsetMinutes, "")
    case "weekday":
      return String(local.getUTCDay())
    default:
      return undefined
  }
}

/** "+0130" as minutes; undefined where it is none. */
export function readZone(text: string): number | undefined {
  const found = /^([+-])(\d{2})(\d{2})$/.exec(text)
  if (found === null) return undefined
  const minutes = Number(found[3])
  if (minutes > 59) return undefined
  return (Number(found[2]) * 60 + minutes) * (found[1] === "-" ? -1 : 1)
}

function zoneText(offsetMinutes: number, between: string): string {
  const all = Math.abs(Math.round(offsetMinutes))
  return `${offsetMinutes < 0 ? "-" : "+"}${digits(Math.floor(all / 60), 2)}${between}${digits(all % 60, 2)}`
}

function digits(number: number, width: number): string {
  return String(number).padStart(width, "0")
}

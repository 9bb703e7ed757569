import type { Parser } from "./index.ts"

/** RFC 4978 §3: `compress = "COMPRESS" SP algorithm` */
export const compress: Parser = d => {
  d.sp("COMPRESS")
  return { name: "COMPRESS", mechanism: d.atom("the name of an algorithm", "COMPRESS").toUpperCase() }
}

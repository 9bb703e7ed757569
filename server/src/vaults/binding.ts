/**
 * What is bound to a sealed thing as associated data: a list of values in one unambiguous form, each as
 * `length:value,` over UTF-8. Two different lists never give the same bytes.
 */
export function binding(...values: readonly (string | number)[]): Buffer {
  let text = ""
  for (const value of values) {
    const part = String(value)
    text += `${Buffer.byteLength(part)}:${part},`
  }
  return Buffer.from(text, "utf8")
}

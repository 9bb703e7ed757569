/** field-name = 1*%d33-57 / %d59-126 (RFC 5322 §3.6.8). What is none is never found, and surely a mistake. */
import { addWarning, type Checking } from "../check/checking.ts"
import { constantOf, type Text } from "../check/text.ts"

export function checkFieldNames(checking: Checking, names: readonly Text[]): void {
  for (const text of names) {
    const name = constantOf(text)
    if (name !== undefined && !/^[!-9;-~]+$/.test(name))
      addWarning(checking, text.at, `no header field is called ${JSON.stringify(name)}`)
  }
}

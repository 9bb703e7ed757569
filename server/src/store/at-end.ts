import type { TestContext } from "node:test"

/**
 * What a test opened is closed when it ends: the last opened first, and after the test's own hooks. node:test alone
 * runs its hooks in the order in which they were registered, which would take a database from under what stands on it.
 */
export function atEnd(t: TestContext, close: () => unknown): void {
  const known = opened.get(t)
  if (known !== undefined) {
    known.push(close)
    return
  }
  const stack = [close]
  opened.set(t, stack)
  // A hook that is registered while hooks run is run after the others.
  t.after(() => t.after(() => closeAll(stack)))
}

const opened = new WeakMap<TestContext, (() => unknown)[]>()

/** Closes them all, whatever one of them says, and says it afterwards. */
async function closeAll(stack: (() => unknown)[]): Promise<void> {
  const errors: unknown[] = []
  for (let close = stack.pop(); close !== undefined; close = stack.pop()) {
    try {
      await close()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length === 1) throw errors[0]
  if (errors.length > 0) throw new AggregateError(errors, "what the test opened did not close")
}

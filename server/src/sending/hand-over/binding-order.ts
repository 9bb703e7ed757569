/**
 * What a sign-in at the smart host is bound to. A connection can be bound in more than one way, and a far side that knows the
 * other one alone refuses the sign-in in the words of a wrong password: then the other is tried, on a new connection, and
 * what worked goes first from there on. Which goes without binding is nothing that is tried: whoever stands in between would
 * only have to refuse.
 */
import type { ChannelBindings } from "@letterkeep/sasl"

export interface BindingOrder {
  /**
   * By which of a connection's bindings to sign in, as the only one of it; `refused` were tried in vain. Where all were, the
   * first again. Undefined where the connection has none.
   */
  choose(bindings: ChannelBindings, refused: ReadonlySet<string>): ChosenBinding | undefined
  /** A sign-in was taken with it. */
  worked(name: string): void
}

export interface ChosenBinding {
  readonly name: string
  readonly alone: ChannelBindings
  /** Others of this connection, not tried yet. */
  readonly hasOther: boolean
}

/** The names come in the order in which the connection gives them, the better one first. */
export function createBindingOrder(): BindingOrder {
  let usual: string | undefined
  return {
    choose(bindings, refused) {
      const names = [...bindings.keys()].toSorted((a, b) => Number(b === usual) - Number(a === usual))
      const left = names.filter(name => !refused.has(name))
      const name = left[0] ?? names[0]
      if (name === undefined) return undefined
      const alone = new Map([...bindings].filter(([each]) => each === name))
      return { name, alone, hasOther: left.length > 1 }
    },
    worked(name) {
      usual = name
    },
  }
}

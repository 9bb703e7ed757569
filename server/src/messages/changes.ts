/** The change log's small numbers: what the rows of `change` say. */

export const changeType = { email: 1, mailbox: 2, thread: 3 } as const

export const changeOp = { created: 1, updated: 2, destroyed: 3 } as const

/** The change log's small numbers: what the rows of `change` say. */

export const changeType = { email: 1, mailbox: 2, thread: 3 } as const

/**
 * `removed`: from one mailbox, while the email lives on elsewhere. A row of `destroyed` or `removed` names the mailbox
 * and the UID that went: the log of expunged UIDs. An email has one row at most under one modseq.
 */
export const changeOp = { created: 1, updated: 2, destroyed: 3, removed: 4 } as const

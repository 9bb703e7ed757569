/** A recovery code as it is shown, once. */
export const keepCode = (code: string): string =>
  `recovery code: ${code}\nKeep it on paper. Without it and without the password, the mail cannot be opened by anybody.`

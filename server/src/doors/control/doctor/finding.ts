export interface Finding {
  readonly about: string
  readonly state: "well" | "look" | "wrong"
  /** What is so, in one sentence. */
  readonly says: string
  /** What to do about it; absent when all is well. */
  readonly todo?: string
}

export const well = (about: string, says: string): Finding => ({ about, state: "well", says })
export const look = (about: string, says: string, todo: string): Finding => ({
  about,
  state: "look",
  says,
  todo,
})
export const wrong = (about: string, says: string, todo: string): Finding => ({
  about,
  state: "wrong",
  says,
  todo,
})

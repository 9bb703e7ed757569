import { failed } from "@letterkeep/pop3"

/** RFC 1939 §5: a number that there is not, or whose message is marked. */
export const noSuchMessage = failed("There is no such message")

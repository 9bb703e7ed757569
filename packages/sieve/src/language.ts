/** All commands and tests that scripts may use. */
import type { Language } from "./check/language.ts"
import { fileinto } from "./commands/fileinto.ts"
import { addflag, removeflag, setflag } from "./commands/flags.ts"
import { discard, error, keep, stop } from "./commands/keep.ts"
import { ereject, redirect, reject } from "./commands/redirect.ts"
import { set } from "./commands/set.ts"
import { vacation } from "./commands/vacation.ts"
import { address, envelope } from "./tests/address.ts"
import { body } from "./tests/body.ts"
import { currentdate, date } from "./tests/date.ts"
import { duplicate } from "./tests/duplicate.ts"
import { exists, header, size } from "./tests/header.ts"
import { ihave } from "./tests/ihave.ts"
import { allof, anyof, no, not, yes } from "./tests/logic.ts"
import { mailboxexists, specialuseExists } from "./tests/mailboxes.ts"
import { hasflag, string } from "./tests/string.ts"

const commands = [
  ...[keep, discard, stop, error, fileinto, redirect, reject, ereject],
  ...[set, setflag, addflag, removeflag, vacation],
]

const tests = [
  ...[allof, anyof, not, yes, no, header, exists, size, address, envelope],
  ...[string, hasflag, body, date, currentdate, duplicate, ihave, mailboxexists, specialuseExists],
]

export const language: Language = {
  commands: new Map(commands.map(command => [command.name, command])),
  tests: new Map(tests.map(test => [test.name, test])),
}

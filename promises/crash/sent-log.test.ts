import assert from "node:assert/strict"
import { test } from "node:test"
import { compareKept, createSentLog } from "./sent-log.ts"

const letter = (no: number, body = "hello") =>
  Buffer.from(`From: <x@far.example>\r\nMessage-ID: <1.trial${no}x@far.example>\r\n\r\n${body}\r\n`)
const kept = (message: Buffer) => Buffer.concat([Buffer.from("Return-Path: <x@far.example>\r\n"), message])

function logOf(...answers: ("yes" | "no" | "lost")[]) {
  const log = createSentLog()
  for (const answer of answers) {
    log.tried("trial1x", letter(1), ["a@house.example"])
    if (answer === "yes") log.accepted("trial1x")
    if (answer === "no") log.refused("trial1x")
  }
  return log
}

const compare = (log: ReturnType<typeof createSentLog>, ...found: Buffer[]) =>
  compareKept(log, "a@house.example", found)

test("is content with what was accepted once and is there once", () => {
  assert.deepEqual(compare(logOf("yes"), kept(letter(1))), [])
})

test("notices what was lost, altered, doubled, or never sent", () => {
  assert.match(compare(logOf("yes"))[0] ?? "", /trial1x was lost/)
  assert.match(compare(logOf("yes"), kept(letter(1, "Hello")))[0] ?? "", /trial1x was altered/)
  assert.match(compare(logOf("yes"), kept(letter(1)), kept(letter(1)))[0] ?? "", /trial1x was doubled/)
  assert.match(compare(logOf("no"), kept(letter(1)))[0] ?? "", /trial1x was doubled/)
  assert.match(compare(logOf("yes"), kept(letter(1)), kept(letter(2)))[0] ?? "", /nobody sent/)
  assert.match(compare(logOf("yes", "lost"))[0] ?? "", /trial1x was lost/)
})

test("lets a message whose answer was lost be there or not, and once more for each such try", () => {
  assert.deepEqual(compare(logOf("lost")), [])
  assert.deepEqual(compare(logOf("lost", "yes"), kept(letter(1)), kept(letter(1))), [])
  assert.deepEqual(compare(logOf("lost", "yes"), kept(letter(1))), [])
  assert.match(compare(logOf("lost"), kept(letter(1)), kept(letter(1)))[0] ?? "", /doubled/)
})

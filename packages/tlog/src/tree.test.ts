import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import {
  consistencyProof,
  emptyRoot,
  hashLeaf,
  hashNodes,
  inclusionProof,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from "./index.ts"
import { altered, plainRoot, readFromLeaves, someLeaves } from "./open-test-tree.ts"

const hex = (hash: Uint8Array) => Buffer.from(hash).toString("hex")

// The eight leaves of the certificate-transparency project's tests, with the roots of the trees that grow from them.
const referenceLeaves = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
].map(text => Buffer.from(text, "hex"))
const referenceRoots = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

test("the roots of the reference tree are as published", async () => {
  for (const [size, root] of referenceRoots.entries())
    assert.equal(hex(await rootOf(size, readFromLeaves(referenceLeaves))), root)
  assert.equal(hex(emptyRoot()), referenceRoots[0])
  assert.equal(
    Buffer.from(hashLeaf(Buffer.from("hello world"))).toString("base64"),
    "TszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=", // Go's sumdb/tlog, note_test.go
  )
})

test("the audit paths of the reference tree are as published", async () => {
  const read = readFromLeaves(referenceLeaves)
  const path = async (leaf: number, size: number) => (await inclusionProof(leaf, size, read)).map(hex)
  assert.deepEqual(await path(0, 1), [])
  assert.deepEqual(await path(1, 5), [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
  ])
  assert.deepEqual(await path(5, 8), [
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  ])
})

test("the consistency proofs of the reference tree are as published", async () => {
  const read = readFromLeaves(referenceLeaves)
  const proof = async (from: number, to: number) => (await consistencyProof(from, to, read)).map(hex)
  assert.deepEqual(await proof(1, 1), [])
  assert.deepEqual(await proof(1, 8), [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
  ])
  assert.deepEqual(await proof(2, 5), [
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
  ])
  assert.deepEqual(await proof(6, 8), [
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  ])
})

const largest = 40
const leaves = someLeaves(largest)
const roots = Array.from({ length: largest + 1 }, (_, size) => plainRoot(leaves.slice(0, size)))
const rootAt = (size: number) => roots[size] ?? assert.fail("no such root")
const leafAt = (leaf: number) => hashLeaf(leaves[leaf] ?? assert.fail("no such leaf"))

test("every leaf of every tree up to 40 is proven, and by nothing that is altered", async () => {
  for (let size = 1; size <= largest; size += 1)
    for (let leaf = 0; leaf < size; leaf += 1) {
      const proof = await inclusionProof(leaf, size, readFromLeaves(leaves.slice(0, size)))
      const claim = { leafHash: leafAt(leaf), leaf, size, root: rootAt(size), proof }
      assert.ok(verifyInclusion(claim))
      for (const [at, hash] of proof.entries())
        assert.ok(!verifyInclusion({ ...claim, proof: proof.with(at, altered(hash, leaf)) }))
    }
})

test("every tree up to 40 is proven to begin with every smaller one, and by nothing that is altered", async () => {
  for (let to = 0; to <= largest; to += 1)
    for (let from = 0; from <= to; from += 1) {
      const proof = await consistencyProof(from, to, readFromLeaves(leaves.slice(0, to)))
      const claim = { from, fromRoot: rootAt(from), to, toRoot: rootAt(to), proof }
      assert.ok(verifyConsistency(claim), `${from} to ${to}`)
      for (const [at, hash] of proof.entries())
        assert.ok(!verifyConsistency({ ...claim, proof: proof.with(at, altered(hash, from)) }))
    }
})

const aSize = fc.integer({ min: 1, max: largest })
const aBit = fc.nat(255)

test("no leaf, index, size, root or length but the right one is taken for inclusion", async () => {
  const anyChange = fc.constantFrom("leafHash", "leaf", "size", "root", "shorter", "longer", "swapped")
  await fc.assert(
    fc.asyncProperty(aSize, fc.nat(), anyChange, aBit, fc.nat(60), async (size, seed, change, bit, other) => {
      const leaf = seed % size
      const proof = await inclusionProof(leaf, size, readFromLeaves(leaves.slice(0, size)))
      const claim = { leafHash: leafAt(leaf), leaf, size, root: rootAt(size), proof }
      const [first, second] = proof
      const wrong = {
        leafHash: { ...claim, leafHash: altered(claim.leafHash, bit) },
        leaf: { ...claim, leaf: other },
        size: { ...claim, size: other },
        root: { ...claim, root: altered(claim.root, bit) },
        shorter: { ...claim, proof: proof.slice(1) },
        longer: { ...claim, proof: [...proof, claim.root] },
        swapped: { ...claim, proof: second && first ? [second, first, ...proof.slice(2)] : [claim.root] },
      }[change]
      fc.pre(!(change === "leaf" && other === leaf) && !(change === "size" && other === size))
      fc.pre(!(change === "shorter" && proof.length === 0))
      // A proof says where its leaf is only as far as the shape of the tree does: other sizes may share it.
      if (change === "size" && other > leaf) return
      assert.ok(!verifyInclusion(wrong))
    }),
    { numRuns: 500 },
  )
})

test("no size, root or length but the right one is taken for consistency", async () => {
  const anyChange = fc.constantFrom("fromRoot", "toRoot", "shorter", "longer", "order", "reversed")
  await fc.assert(
    fc.asyncProperty(aSize, fc.nat(), anyChange, aBit, async (to, seed, change, bit) => {
      const from = 1 + (seed % to)
      const proof = await consistencyProof(from, to, readFromLeaves(leaves.slice(0, to)))
      const claim = { from, fromRoot: rootAt(from), to, toRoot: rootAt(to), proof }
      fc.pre(proof.length > 1 || !["shorter", "order"].includes(change))
      const wrong = {
        fromRoot: { ...claim, fromRoot: altered(claim.fromRoot, bit) },
        toRoot: { ...claim, toRoot: altered(claim.toRoot, bit) },
        shorter: { ...claim, proof: proof.slice(1) },
        longer: { ...claim, proof: [...proof, claim.toRoot] },
        order: { ...claim, proof: proof.toReversed() },
        reversed: { ...claim, from: to + 1 },
      }[change]
      assert.ok(!verifyConsistency(wrong))
    }),
    { numRuns: 500 },
  )
})

test("a tree in which a leaf was edited, dropped or moved does not grow from the old one", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 20 }),
      fc.integer({ min: 1, max: 20 }),
      fc.nat(),
      fc.constantFrom("edit", "drop", "move"),
      async (from, more, seed, attack) => {
        const at = seed % (from - 1)
        const honest = leaves.slice(0, from + more)
        const edited = honest.with(at, Buffer.from("another"))
        const dropped = honest.toSpliced(at, 1)
        const moved = honest.toSpliced(at, 1).toSpliced(from, 0, honest[at] ?? assert.fail())
        const forged = { edit: edited, drop: dropped, move: moved }[attack]
        const to = forged.length
        const proof = await consistencyProof(from, to, readFromLeaves(forged))
        const claim = { from, fromRoot: rootAt(from), to, toRoot: plainRoot(forged), proof }
        assert.ok(!verifyConsistency(claim))
      },
    ),
  )
})

test("sizes that a number cannot hold exactly are refused", async () => {
  const read = readFromLeaves([])
  for (const size of [2 ** 53, -1, 1.5, Number.NaN]) {
    await assert.rejects(rootOf(size, read), RangeError)
    await assert.rejects(consistencyProof(1, size, read), RangeError)
    const [leafHash, root] = [emptyRoot(), emptyRoot()]
    assert.ok(!verifyInclusion({ leafHash, leaf: 0, size, root, proof: [] }))
    assert.ok(!verifyConsistency({ from: 0, fromRoot: root, to: size, toRoot: root, proof: [] }))
  }
})

test("a tree of nearly 2^53 leaves has proofs of at most 53 hashes", async () => {
  // Every subtree of the same size has the same hash here, so that the tree need not be built.
  const [first] = leaves
  const byLevel = [hashLeaf(first ?? assert.fail())]

  for (let level = 0; level < 53; level += 1) {
    const below = byLevel[level] ?? assert.fail()
    byLevel.push(hashNodes(below, below))
  }
  const read = async (nodes: readonly { level: number }[]) =>
    nodes.map(({ level }) => byLevel[level] ?? assert.fail())
  const size = 2 ** 53 - 1
  const root = await rootOf(size, read)
  for (const leaf of [0, 1, 2 ** 32, 2 ** 52 - 1, 2 ** 52, size - 1]) {
    const proof = await inclusionProof(leaf, size, read)
    assert.ok(proof.length <= 53)
    assert.ok(verifyInclusion({ leafHash: byLevel[0] ?? assert.fail(), leaf, size, root, proof }))
  }
  for (const from of [1, 2 ** 31, 2 ** 32 + 7, 2 ** 52 + 1]) {
    const proof = await consistencyProof(from, size, read)
    assert.ok(proof.length <= 54)
    const fromRoot = await rootOf(from, read)
    assert.ok(verifyConsistency({ from, fromRoot, to: size, toRoot: root, proof }))
  }
})

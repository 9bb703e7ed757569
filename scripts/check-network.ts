/**
 * Only `ports/network` opens sockets to others, and only the doors open them for others: refuses Node's
 * networking modules, and `fetch` and its like, anywhere else in what ships. What is pure in those modules
 * (isIP, BlockList, createSecureContext …) may be imported by name, and types as types. The cli may connect
 * to the control door's socket, and store/wire to the database, which is part of the house. A module loaded by a computed name is refused too: no check could see it.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import ts from "typescript"
import { runCheck } from "./run-check.ts"
import { isTest, sourceFiles } from "./source-files.ts"

const modules =
  /^(?:node:)?(net|tls|http|https|http2|dns|dns\/promises|dgram|quic|inspector|_http_client|_tls_wrap)$|^(undici|ws|axios|got|node-fetch|nodemailer|smtp-server|mailauth)(\/|$)/
const pure: Readonly<Record<string, ReadonlySet<string>>> = {
  net: new Set(["isIP", "isIPv4", "isIPv6", "BlockList", "SocketAddress"]),
  tls: new Set(["createSecureContext", "rootCertificates"]),
  http: new Set(["STATUS_CODES"]),
}
const globals = new Set(["fetch", "WebSocket", "EventSource", "XMLHttpRequest"])

/** Whether a file may use a module of the network. */
function isAllowed(file: string, module: string): boolean {
  if (file.startsWith("server/src/ports/network/") || file.startsWith("server/src/doors/")) return true
  if (file.startsWith("server/src/store/wire/")) return module === "net" || module === "tls"
  return file.startsWith("server/src/cli/") && module === "net"
}

export async function checkNetwork(root: string): Promise<readonly string[]> {
  const files = sourceFiles(root, ["server/src/**/*.ts", "packages/*/src/**/*.ts"]).filter(
    file => !isTest(file),
  )
  if (files.length === 0) return ["the network check found no files"]
  return files.flatMap(file => readBreaches(file, readFileSync(join(root, file), "utf8")))
}

function readBreaches(file: string, text: string): readonly string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const out: string[] = []
  const say = (node: ts.Node, what: string): void => {
    out.push(
      `${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${what}; only ports/network and the doors open sockets`,
    )
  }
  const look = (
    node: ts.Node,
    specifier: ts.Expression | undefined,
    names: ReadonlySet<string> | undefined,
  ): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) {
      say(node, "loads a module by a computed name")
      return
    }
    const module = modules
      .exec(specifier.text)
      ?.slice(1, 3)
      .find(part => part !== undefined)
    if (module === undefined || isAllowed(file, module)) return
    const harmless = pure[module]
    if (names !== undefined && harmless !== undefined && [...names].every(name => harmless.has(name))) return
    say(node, `uses ${specifier.text}`)
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const names = valueNames(node.importClause)
      if (names !== "types only") look(node, node.moduleSpecifier, names)
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined && !node.isTypeOnly) {
      look(node, node.moduleSpecifier, undefined)
    } else if (ts.isCallExpression(node) && loadsModule(node.expression))
      look(node, node.arguments[0], undefined)
    else if (ts.isIdentifier(node) && globals.has(node.text) && isUse(node) && !isAllowed(file, "fetch"))
      say(node, `uses ${node.text}`)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return out
}

/** The names that an import brings as values; undefined where it brings the whole module. */
function valueNames(clause: ts.ImportClause | undefined): ReadonlySet<string> | "types only" | undefined {
  if (clause === undefined) return undefined
  if (clause.isTypeOnly) return "types only"
  if (
    clause.name !== undefined ||
    clause.namedBindings === undefined ||
    !ts.isNamedImports(clause.namedBindings)
  )
    return undefined
  const values = clause.namedBindings.elements.filter(element => !element.isTypeOnly)
  return values.length === 0
    ? "types only"
    : new Set(values.map(element => (element.propertyName ?? element.name).text))
}

function loadsModule(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true
  if (ts.isIdentifier(callee)) return callee.text === "require"
  return (
    ts.isPropertyAccessExpression(callee) &&
    ["getBuiltinModule", "createRequire", "binding"].includes(callee.name.text)
  )
}

/** Whether a name stands for the global: not a property of another object, a key, or a declaration. */
function isUse(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent) && parent.name === node)
    return ts.isIdentifier(parent.expression) && ["globalThis", "global"].includes(parent.expression.text)
  if (ts.isTypeReferenceNode(parent) || ts.isImportSpecifier(parent)) return false
  return !("name" in parent && parent.name === node)
}

if (import.meta.main) await runCheck(checkNetwork)

/**
 * Only `ports/network` opens sockets to others, and the doors only listen: refuses Node's networking modules, and
 * `fetch` and its like, anywhere else in what ships. A door may import what listens and nothing that connects; the cli
 * may connect to the control door's socket, and store/wire to the database, which is part of the house. What is pure in
 * those modules (isIP, BlockList, createSecureContext …) may be imported by name, and types as types.
 *
 * What gets around such a check is refused too: other programs and native code, threads of anything but a file of ours,
 * code made of text, modules and globals under a computed name. No check could see what those reach.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import ts from "typescript"
import { runCheck } from "./run-check.ts"
import { isTest, sourceFiles } from "./source-files.ts"

const modules =
  /^(?:node:)?(net|tls|https?|http2|dns|dns\/promises|dgram|quic|inspector|inspector\/promises|child_process|cluster|worker_threads|vm|module|repl|wasi|_(?:http|tls)_\w+)$|^(undici|ws|axios|got|node-fetch|nodemailer|smtp-server|mailauth)(\/|$)/
/** What anybody may import of them by name. Of threads, see `startsOwnFile`. */
const pure: Readonly<Record<string, readonly string[]>> = {
  net: ["isIP", "isIPv4", "isIPv6", "BlockList", "SocketAddress"],
  tls: ["createSecureContext", "rootCertificates"],
  http: ["STATUS_CODES"],
  worker_threads: ["Worker", "parentPort", "workerData"],
}

interface Leave {
  readonly folder: string
  readonly module: RegExp
  /** Undefined: the whole module. */
  readonly names: readonly string[] | undefined
}

const leaves: readonly Leave[] = [
  {
    folder: "server/src/ports/network/",
    module: /^(net|tls|https?|http2|dns|dns\/promises|dgram|undici|ws)$/,
    names: undefined,
  },
  { folder: "server/src/doors/", module: /^net$/, names: ["createServer"] },
  { folder: "server/src/doors/", module: /^tls$/, names: ["TLSSocket"] },
  { folder: "server/src/store/wire/", module: /^(net|tls)$/, names: undefined },
  { folder: "server/src/store/embedded/", module: /^child_process$/, names: ["execFile", "spawn"] },
  { folder: "server/src/certificates/dns-hook.ts", module: /^child_process$/, names: ["execFile"] },
  { folder: "server/src/cli/", module: /^net$/, names: ["connect"] },
]
const globals = new Set(["fetch", "WebSocket", "EventSource", "XMLHttpRequest"])
const opensSockets = "server/src/ports/network/"
/** Calls that load a module, or native code, whatever object they are of. */
const loaders = new Set(["getBuiltinModule", "createRequire"])
const nativeLoaders = new Set(["binding", "_linkedBinding", "dlopen"])

/** Whether a file may import these names of a module; `names` undefined: all of it. */
function isAllowed(file: string, module: string, names: ReadonlySet<string> | undefined): boolean {
  const given = leaves.filter(leave => file.startsWith(leave.folder) && leave.module.test(module))
  if (given.some(leave => leave.names === undefined)) return true
  const allowed = new Set([...(pure[module] ?? []), ...given.flatMap(leave => leave.names ?? [])])
  return names !== undefined && [...names].every(name => allowed.has(name))
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
  const own = importedNames(source)
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
    if (module !== undefined && !isAllowed(file, module, names)) say(node, `uses ${specifier.text}`)
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const names = valueNames(node.importClause)
      if (names !== "types only") look(node, node.moduleSpecifier, names)
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined && !node.isTypeOnly) {
      look(node, node.moduleSpecifier, undefined)
    } else if (ts.isCallExpression(node) && loadsModule(node.expression))
      look(node, node.arguments[0], undefined)
    else if (
      ts.isPropertyAccessExpression(node) &&
      nativeLoaders.has(node.name.text) &&
      isGlobalObject(node.expression)
    )
      say(node, "loads native code")
    else if (
      ts.isIdentifier(node) &&
      globals.has(node.text) &&
      isUse(node) &&
      !own.has(node.text) &&
      !file.startsWith(opensSockets)
    )
      say(node, `uses ${node.text}`)
    else if (ts.isElementAccessExpression(node) && isGlobalObject(node.expression))
      say(node, "uses a global under a computed name")
    else if (ts.isNewExpression(node) && isNamed(node.expression, "Worker") && !startsOwnFile(node))
      say(node, "starts a thread of something that is no file of ours")
    if (
      (ts.isCallExpression(node) || ts.isNewExpression(node)) &&
      (isNamed(node.expression, "eval") || isNamed(node.expression, "Function"))
    )
      say(node, "makes code of text")
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
  return ts.isPropertyAccessExpression(callee) && loaders.has(callee.name.text)
}

/** Names that the file imports from files of ours: they hide the globals of that name. */
function importedNames(source: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>()
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue
    const bindings = statement.importClause?.namedBindings
    if (!statement.moduleSpecifier.text.startsWith(".") || bindings === undefined) continue
    if (ts.isNamedImports(bindings)) for (const element of bindings.elements) names.add(element.name.text)
  }
  return names
}

function isNamed(node: ts.Expression, name: string): boolean {
  if (ts.isIdentifier(node)) return node.text === name
  return ts.isPropertyAccessExpression(node) && node.name.text === name && isGlobalObject(node.expression)
}

function isGlobalObject(node: ts.Expression): boolean {
  return ts.isIdentifier(node) && ["globalThis", "global", "process"].includes(node.text)
}

/** `new Worker(new URL("./a-file.ts", import.meta.url), …)`: the file is read by this check like any other. */
function startsOwnFile({ arguments: given }: ts.NewExpression): boolean {
  const [url] = given ?? []
  if (url === undefined || !ts.isNewExpression(url) || !isNamed(url.expression, "URL")) return false
  const [path, base] = url.arguments ?? []
  return (
    path !== undefined &&
    ts.isStringLiteralLike(path) &&
    /^\.{1,2}\/[\w./-]+\.ts$/.test(path.text) &&
    base?.getText() === "import.meta.url"
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

/**
 * The configuration: `letterkeep.toml`, read once at start. Every setting has a default; a key that does not
 * exist is refused with the nearest that does; an error says in which line, and what to write.
 */
export { ConfigurationError } from "./configuration-error.ts"
export type { ListenAddress } from "./kinds.ts"
export { type Configuration, loadConfiguration, readConfiguration } from "./load.ts"

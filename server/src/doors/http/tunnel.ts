/** The command that brings the page of a remote machine to the reader's own: run there, then open the link. */
export function tunnelCommand(httpAddress: string, user: string, machine: string): string {
  const port = httpAddress.slice(httpAddress.lastIndexOf(":") + 1)
  return `ssh -N -L ${port}:${httpAddress} ${user}@${machine}`
}

/** That the gate or the way out said no, and why: for what a check expects to be refused, and no mistake of its own. */
export function isRefused(name: "PermitError" | "EgressError", why?: string): (error: unknown) => boolean {
  return error =>
    error instanceof Error &&
    error.name === name &&
    (why === undefined || ("why" in error && error.why === why))
}

declare module "virtual:theme.css"

/** Words for keys of the policy; made by build/ledger-page.ts. */
declare module "virtual:glossary" {
  export const glossary: Readonly<
    Record<"purposes" | "recipients" | "categories", Readonly<Record<string, string>>>
  >
}

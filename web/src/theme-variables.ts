import { type CSSVariablesResolver, defaultCssVariablesResolver } from "@mantine/core"

/**
 * Mantine's variables with our colours for both schemes, and our own beside them. The pairs that carry text keep
 * 4.5 : 1 or more, the borders of controls 3 : 1 (WCAG 2.2 §1.4.3, §1.4.11); the browser tests measure them.
 */
export const themeVariables: CSSVariablesResolver = theme => {
  const { variables, light, dark } = defaultCssVariablesResolver(theme)
  return {
    variables: withoutUnused(variables),
    light: { ...withoutUnused(light), ...day },
    dark: { ...withoutUnused(dark), ...night },
  }
}

const day = {
  "--mantine-color-body": "#f7f5f0",
  "--mantine-color-text": "#1c2330",
  "--mantine-color-dimmed": "#555d6b",
  "--mantine-color-placeholder": "#69707d",
  "--mantine-color-error": "#a3271f",
  "--mantine-color-default": "#fffefb",
  "--mantine-color-default-hover": "#f3f0e8",
  "--mantine-color-default-border": "#87826f",
  "--mantine-color-anchor": "#1f4468",
  "--mantine-color-gray-4": "#87826f", // the border of fields, boxes and radios
  "--card": "#fffefb",
  "--card-sunk": "#f3f0e8",
  "--rule": "#ddd8cb",
  "--wax": "#9c2f2a",
  "--good": "#1c6146",
  "--fair": "#7a5200",
}

const night = {
  "--mantine-color-body": "#12151b",
  "--mantine-color-text": "#e9e6de",
  "--mantine-color-dimmed": "#a8adb8",
  "--mantine-color-placeholder": "#949aa6",
  "--mantine-color-error": "#f0978f",
  "--mantine-color-default": "#191e26",
  "--mantine-color-default-hover": "#222934",
  "--mantine-color-default-border": "#717988",
  "--mantine-color-anchor": "#9cc2e8",
  "--mantine-color-dark-4": "#717988", // the border of fields, boxes and radios
  "--mantine-color-dark-6": "#141920", // their inside
  "--card": "#191e26",
  "--card-sunk": "#141920",
  "--rule": "#2d3440",
  "--wax": "#e0827c",
  "--good": "#7fc8a4",
  "--fair": "#e2bd6a",
}

/** Mantine's palette has thirteen hues; ours has ink, grey and a red. */
const unused = /^--mantine-color-(pink|grape|violet|indigo|blue|cyan|teal|green|lime|yellow|orange)-/

function withoutUnused(variables: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !unused.test(name)))
}

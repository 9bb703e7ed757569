import { convertCssVariables, DEFAULT_THEME, mergeMantineTheme, mergeThemeOverrides } from "@mantine/core"
import type { Plugin } from "vite"
import { theme } from "../src/theme.ts"
import { themeVariables } from "../src/theme-variables.ts"

/**
 * Mantine writes its variables into a `<style>` element at run time; a policy without inline styles forbids
 * that. So they are written at build time, as the style sheet `virtual:theme.css`.
 */
export function themeStyles(): Plugin {
  const name = "virtual:theme.css"
  return {
    name: "theme-styles",
    resolveId: id => (id === name ? `\0${name}` : undefined),
    load: id => (id === `\0${name}` ? styleSheet() : undefined),
  }
}

function styleSheet(): string {
  return convertCssVariables(themeVariables(mergeMantineTheme(DEFAULT_THEME, mergeThemeOverrides(theme))))
}

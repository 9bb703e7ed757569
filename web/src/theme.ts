import { createTheme, defaultVariantColorsResolver, type MantineColorsTuple } from "@mantine/core"

/** Writing ink: dark enough on paper, light enough on night, for text of any size (WCAG 2.2 §1.4.3). */
const ink: MantineColorsTuple = [
  "#eef4fa",
  "#dbe7f3",
  "#b9d0e6",
  "#9cc2e8",
  "#86b0da",
  "#4a7dad",
  "#326391",
  "#265380",
  "#1f4468",
  "#17344f",
]

const onPrimary = "var(--mantine-primary-color-contrast)"

export const theme = createTheme({
  colors: { ink },
  primaryColor: "ink",
  primaryShade: { light: 8, dark: 3 },
  autoContrast: true,
  // The default resolver settles the text on a filled button once, for the light shade; ours is light by night.
  variantColorResolver: input => {
    const colors = defaultVariantColorsResolver(input)
    return input.variant === "filled" ? { ...colors, color: onPrimary } : colors
  },
  black: "#1c2330",
  white: "#ffffff",
  components: {
    Radio: { defaultProps: { iconColor: onPrimary } },
    Checkbox: { defaultProps: { iconColor: onPrimary } },
  },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  focusRing: "auto",
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Open Sans", sans-serif',
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
})

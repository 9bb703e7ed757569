import react from "@vitejs/plugin-react"
import { defineConfig } from "vite"
import { compressed } from "./build/compressed.ts"
import { ledgerPage } from "./build/ledger-page.ts"
import { themeStyles } from "./build/theme-styles.ts"

export default defineConfig({
  plugins: [react(), themeStyles(), ledgerPage(), compressed()],
  build: {
    target: "es2023",
    // The page's policy allows no inline scripts and no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  server: { proxy: { "/setup/api": { target: "http://127.0.0.1:8080", changeOrigin: false } } },
})

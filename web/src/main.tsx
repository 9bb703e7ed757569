import "@mantine/core/styles/baseline.css"
import "@mantine/core/styles/global.css"
import "virtual:theme.css"
import "@mantine/core/styles/UnstyledButton.css"
import "@mantine/core/styles/VisuallyHidden.css"
import "@mantine/core/styles/ActionIcon.css"
import "@mantine/core/styles/Button.css"
import "@mantine/core/styles/Checkbox.css"
import "@mantine/core/styles/Input.css"
import "@mantine/core/styles/InlineInput.css"
import "@mantine/core/styles/Loader.css"
import "@mantine/core/styles/PasswordInput.css"
import "@mantine/core/styles/Radio.css"
import "./app.css"
import { MantineProvider } from "@mantine/core"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { SetupPage } from "./setup/setup-page.tsx"
import { theme } from "./theme.ts"

const root = document.getElementById("app")
if (root === null) throw new Error("index.html has no #app")
// Mantine's style elements are off: its variables come from `virtual:theme.css` (build/theme-styles.ts says why).
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <SetupPage />
    </MantineProvider>
  </StrictMode>,
)

import type { XmlElement } from "./xml.ts"

/** Looking into elements: the first child of a name, and what it says. Empty text counts as none. */
export function findChild(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find(child => child.name === name)
}

export function childText(element: XmlElement | undefined, name: string): string | undefined {
  const text = findChild(element, name)?.text
  return text === "" ? undefined : text
}

export function childTexts(element: XmlElement, name: string): readonly string[] {
  return element.children.filter(child => child.name === name && child.text !== "").map(child => child.text)
}

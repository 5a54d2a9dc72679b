import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

/** The heading of a screen. It takes the focus when the screen replaces another, so that screen readers begin there. */
export function Heading({ children, takesFocus }: { children: ComponentChildren; takesFocus: boolean }): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (takesFocus) heading.current?.focus()
  }, [])
  return (
    <h2 ref={heading} tabIndex={-1} part="heading">
      {children}
    </h2>
  )
}

/**
 * Where what has the focus goes away, such as a button that was pressed and is replaced, the focus falls to the page as a whole: then it goes to what stands
 * nearest now. Without this whoever works by the keyboard begins at the top again.
 */
const reachable = 'button:not(:disabled),a[href],input:not(:disabled),select:not(:disabled),textarea:not(:disabled)'

/** @returns what ends it */
export function keepFocus(): () => void {
  let around: Element[] = []
  const remember = ({ target }: FocusEvent) => {
    around = []
    if (!(target instanceof Element) || target.closest('main') === null) return
    for (let at: Element | null = target; at !== null; at = at.parentElement) around.push(at)
  }
  const mend = () => {
    const [last] = around
    if (last === undefined || last.isConnected || document.activeElement !== document.body) return
    const near = around.find((one) => one.isConnected)
    const next = near?.matches('main') ? near : (near?.querySelector<HTMLElement>(reachable) ?? near?.closest('main'))
    around = []
    if (next instanceof HTMLElement) next.focus({ preventScroll: true })
  }
  const watcher = new MutationObserver(mend)
  watcher.observe(document.body, { childList: true, subtree: true })
  document.addEventListener('focusin', remember)
  return () => {
    watcher.disconnect()
    document.removeEventListener('focusin', remember)
  }
}

/** Scripts that run in the page; as text, because the names of a browser are not known here. */

/** Calls `benchReady` when the heading and `main` are there (null: when there is a page) and no bars of loading are. It has to stay so for 100 ms; the time is that of its first frame. */
export const watchReady = (main: string | null): string => `{
  let since = null
  const look = () => {
    const content = document.querySelector('main')
    const there = ${JSON.stringify(main)} === null ? document.body : content?.querySelector('h1') && content.querySelector(${JSON.stringify(main)}) && !content.querySelector('[role="status"] .breathing')
    const now = performance.now()
    since = there ? (since ?? now) : null
    if (since !== null && now - since > 100) window.benchReady(since)
    else requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}`

/** Opens a menu of the top bar, and gives the milliseconds until it is there. */
export const clickMenu = `(async () => {
  const button = document.querySelector('header button[aria-haspopup="menu"]')
  const began = performance.now()
  button.click()
  while (document.querySelector('[role="menu"]') === null) {
    await new Promise(requestAnimationFrame)
    if (performance.now() - began > 10000) throw new Error('nothing happens')
  }
  return performance.now() - began
})()`

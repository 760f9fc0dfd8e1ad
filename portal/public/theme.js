// Before anything is painted, so that nothing flashes. `portal/src/shell/theme.ts` changes it later.
;(() => {
  let chosen = null
  try {
    chosen = localStorage.getItem('rota.theme')
  } catch {}
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.toggle('dark', dark)
})()

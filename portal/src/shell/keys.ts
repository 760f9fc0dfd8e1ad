/** Keyboard shortcuts. The list of them behind `?`: `keys-dialog.tsx`. */
import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { pause, paused, refresh } from '../data/live.ts'
import { useMayCall } from '../data/me.ts'
import { places } from './places.ts'

/** Milliseconds in which the second key has to follow `g`. */
const patience = 1_500

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName))

export function useKeys(open: (what: 'palette' | 'keys') => void): void {
  const navigate = useNavigate()
  const may = useMayCall()
  useEffect(() => {
    let goneAt = 0
    const hear = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        return open('palette')
      }
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return
      if (document.querySelector('[data-modal]')) return
      const going = Date.now() - goneAt < patience
      goneAt = 0
      const place = going ? places.find(({ key, needs }) => key === event.key && may(needs)) : undefined
      if (place) void navigate({ to: place.to })
      else if (event.key === 'g') goneAt = Date.now()
      else if (event.key === '?') open('keys')
      else if (event.key === 'r') refresh()
      else if (event.key === 'p') pause(!paused.get())
      else if (event.key === '/') {
        const field = document.querySelector<HTMLElement>('[data-filter]')
        if (field === null) return
        event.preventDefault()
        field.focus()
      }
    }
    window.addEventListener('keydown', hear)
    return () => window.removeEventListener('keydown', hear)
  }, [open, navigate, may])
}

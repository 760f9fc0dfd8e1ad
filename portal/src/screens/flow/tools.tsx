import { Panel, useReactFlow } from '@xyflow/react'
import { Maximize, Minus, Plus } from 'lucide-react'
import { useTexts } from '../../lib/texts.ts'
import { IconButton } from '../../ui/button.tsx'

/** Nearer, farther, all of it. */
export function Tools() {
  const t = useTexts('flow')
  const { zoomIn, zoomOut, fitView } = useReactFlow()
  return (
    <Panel position="top-right" className="flex rounded-md border border-line-strong bg-surface">
      <IconButton label={t('zoomIn')} onClick={() => void zoomIn()}>
        <Plus className="size-4" aria-hidden />
      </IconButton>
      <IconButton label={t('zoomOut')} onClick={() => void zoomOut()}>
        <Minus className="size-4" aria-hidden />
      </IconButton>
      <IconButton label={t('zoomFit')} onClick={() => void fitView({ padding: 0.06, maxZoom: 1 })}>
        <Maximize className="size-4" aria-hidden />
      </IconButton>
    </Panel>
  )
}

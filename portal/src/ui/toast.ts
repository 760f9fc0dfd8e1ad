/** Short messages at the edge: what was done, or what went wrong. */
import { Toast } from '@base-ui/react/toast'

export const toasts = Toast.createToastManager()

export const toast = {
  good: (title: string) => void toasts.add({ title, type: 'good', timeout: 4_000 }),
  bad: (error: unknown) =>
    void toasts.add({
      title: error instanceof Error ? error.message : String(error),
      type: 'bad',
      timeout: 10_000,
      priority: 'high',
    }),
}

/** What lies on the shelves of the shop, and what was sold since this process started. In memory: another process has shelves of its own. */
export interface Item {
  readonly sku: string
  readonly quantity: number
  readonly price: number
}

const full = 40
const low = 12

const shelves = new Map(['mug', 'teapot', 'notebook', 'lamp'].map((sku) => [sku, full]))
export const sold = { orders: 0, revenue: 0 }

export const totalOf = (items: readonly Item[]): number =>
  items.reduce((sum, { quantity, price }) => sum + quantity * price, 0)

/** @throws Error where there is not enough of it */
export function take(sku: string, quantity: number): number {
  const left = (shelves.get(sku) ?? 0) - quantity
  if (left < 0) throw new Error(`There are not ${quantity} of ${sku} left.`)
  shelves.set(sku, left)
  return left
}

/** Fills up what is low; gives what was filled up, and what there is. */
export function refill(): { readonly refilled: readonly string[]; readonly levels: Readonly<Record<string, number>> } {
  const refilled = [...shelves].filter(([, left]) => left < low).map(([sku]) => sku)
  for (const sku of refilled) shelves.set(sku, full)
  return { refilled, levels: Object.fromEntries(shelves) }
}

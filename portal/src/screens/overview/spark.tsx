/** A line as high as a word: how it went, without any number. */
export function Spark({ values, color }: { readonly values: readonly (number | null)[]; readonly color: string }) {
  const most = Math.max(1, ...values.map((value) => value ?? 0))
  const x = (i: number) => (values.length < 2 ? 50 : (i / (values.length - 1)) * 100)
  const y = (value: number) => 23 - (value / most) * 22
  let path = ''
  values.forEach((value, i) => {
    if (value === null) return
    const joins = i > 0 && values[i - 1] !== null
    path += `${joins ? 'L' : 'M'}${x(i).toFixed(1)} ${y(value).toFixed(1)}${joins ? '' : 'h0.01'}`
  })
  return (
    <svg viewBox="0 0 100 24" preserveAspectRatio="none" className="h-7 w-full" aria-hidden>
      <path
        d={path}
        fill="none"
        strokeWidth="1.5"
        strokeLinecap="round"
        vectorEffect="non-scaling-stroke"
        style={{ stroke: color }}
      />
    </svg>
  )
}

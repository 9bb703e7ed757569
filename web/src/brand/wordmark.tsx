/** An envelope with battlements, and the name in one line's width: drawn here, so that no font is needed. */
export function Wordmark() {
  return (
    <svg className="wordmark" viewBox="0 0 176 32" role="img" aria-label="Letterkeep">
      <g fill="none" stroke="currentColor" strokeLinecap="round" strokeLinejoin="round">
        <g className="wordmark-sign" strokeWidth="2">
          <path d="M2 26V7h5v4h4.5V7h5v4H21V7h5v19z" />
          <path d="m2.8 15 11.2 7 11.2-7" />
        </g>
        <path strokeWidth="1.9" d={letters} />
      </g>
    </svg>
  )
}

const baseline = 23
const middle = baseline - 5.5

const e = (x: number) => `M${x} ${middle}h11a5.5 5.5 0 1 0-1.6 3.9`
const t = (x: number) => `M${x + 3.5} 7v12.5q0 3.5 3.5 3.5h1M${x} 12h8`
const letters = [
  `M42 5v18h9.5`,
  e(54.5),
  t(69),
  t(80.5),
  e(91.5),
  `M107.5 12v11m0-6q.6-5 6-5`,
  `M118.5 5v18m8.5-11-8.5 6.6m3-2.3 6 6.7`,
  e(130.5),
  e(144.5),
  `M160 12v16m0-10.5a5.5 5.5 0 1 1 0 .1`,
].join("")

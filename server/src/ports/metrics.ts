/**
 * Counters, gauges and histograms, rendered as Prometheus text (exposition format 0.0.4). Labels are declared
 * with all their values, so no value from outside (an address, a domain) can become a label, the set of series
 * is bounded, and each series shows its zero from the start.
 */
export type Labels = { readonly [label: string]: readonly string[] }
type NoLabels = Readonly<Record<never, readonly string[]>>
export type LabelValues<L extends Labels> = { readonly [K in keyof L]: L[K][number] }

/** One series; keep it and call it on hot paths. */
export interface CounterSeries {
  /** Adds `amount` (default 1), zero or more. */
  add(amount?: number): void
}
export interface GaugeSeries {
  set(value: number): void
  add(amount: number): void
}
export interface HistogramSeries {
  observe(value: number): void
}
/** `with` finds the series of these labels. */
export interface Metric<L extends Labels, Series> {
  with(labels: LabelValues<L>): Series
}

export interface Metrics {
  /** `name` ends in `_total`. */
  counter<const L extends Labels = NoLabels>(name: string, help: string, labels?: L): Metric<L, CounterSeries>
  gauge<const L extends Labels = NoLabels>(name: string, help: string, labels?: L): Metric<L, GaugeSeries>
  /** A gauge that is read when the metrics are. */
  readGauge(name: string, help: string, read: () => number): void
  /** `bounds`: upper edges, ascending, in the metric's unit (seconds or bytes). */
  histogram<const L extends Labels = NoLabels>(
    name: string,
    help: string,
    bounds: readonly number[],
    labels?: L,
  ): Metric<L, HistogramSeries>
  render(): string
}

/** Most series that one metric may have; a declaration beyond it throws. */
export const maxSeries = 500

type Render = (out: string[]) => void

export function createMetrics(): Metrics {
  const all = new Map<string, Render>()

  const declare = <L extends Labels, Series>(
    name: string,
    help: string,
    type: "counter" | "gauge" | "histogram",
    labels: L,
    make: (labelText: string) => { series: Series; render: Render },
  ): Metric<L, Series> => {
    if (!/^letterkeep_[a-z0-9_]+$/.test(name)) throw new TypeError(`a metric is named letterkeep_…: ${name}`)
    if (all.has(name)) throw new TypeError(`metric declared twice: ${name}`)
    const combinations = combine(labels)
    if (combinations.length > maxSeries)
      throw new RangeError(`${name} would have more than ${maxSeries} series`)
    const made = new Map(combinations.map(text => [text, make(text)]))
    all.set(name, out => {
      out.push(
        `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
        `# TYPE ${name} ${type}`,
      )
      for (const { render } of made.values()) render(out)
    })
    const names = Object.keys(labels)
    return {
      with(values) {
        const found = made.get(names.map(label => `${label}="${values[label]}"`).join(","))
        if (found === undefined) throw new RangeError(`${name} has no series with these labels`)
        return found.series
      },
    }
  }

  return {
    counter(name, help, labels) {
      if (!name.endsWith("_total")) throw new TypeError(`a counter's name ends in _total: ${name}`)
      return declare(name, help, "counter", labels ?? noLabels<never>(), text => {
        let total = 0
        const add = (amount = 1): void => {
          if (!(amount >= 0)) throw new RangeError(`${name} only grows`)
          total += amount
        }
        return { series: { add }, render: out => out.push(line(name, text, total)) }
      })
    },
    gauge: (name, help, labels) =>
      declare(name, help, "gauge", labels ?? noLabels<never>(), text => {
        let value = 0
        const series: GaugeSeries = {
          set: to => {
            value = to
          },
          add: amount => {
            value += amount
          },
        }
        return { series, render: out => out.push(line(name, text, value)) }
      }),
    readGauge(name, help, read) {
      declare(name, help, "gauge", {}, text => ({
        series: undefined,
        render: out => out.push(line(name, text, read())),
      }))
    },
    histogram: (name, help, bounds, labels) =>
      declare(name, help, "histogram", labels ?? noLabels<never>(), text =>
        createHistogram(name, bounds, text),
      ),
    render() {
      const out: string[] = []
      for (const render of all.values()) render(out)
      return `${out.join("\n")}\n`
    },
  }
}

function createHistogram(name: string, bounds: readonly number[], text: string) {
  if (bounds.length === 0 || bounds.some((bound, at) => at > 0 && bound <= (bounds[at - 1] ?? 0)))
    throw new RangeError(`the bounds of ${name} do not ascend`)
  const counts = new Float64Array(bounds.length + 1)
  let sum = 0
  const observe = (value: number): void => {
    let at = 0
    while (at < bounds.length && value > (bounds[at] ?? 0)) at += 1
    counts[at] = (counts[at] ?? 0) + 1
    sum += value
  }
  const render: Render = out => {
    const prefix = text === "" ? "" : `${text},`
    let running = 0
    for (const [at, count] of counts.entries()) {
      running += count
      out.push(line(`${name}_bucket`, `${prefix}le="${bounds[at] ?? "+Inf"}"`, running))
    }
    out.push(line(`${name}_sum`, text, sum), line(`${name}_count`, text, running))
  }
  return { series: { observe }, render }
}

function noLabels<L extends Labels>(): L {
  return {} as L // only reached where L is its default, the empty set
}

function combine(labels: Labels): string[] {
  let out = [""]
  for (const [label, values] of Object.entries(labels)) {
    if (!/^[a-z_]+$/.test(label) || values.some(value => !/^[\w.+-]{1,60}$/.test(value)))
      throw new TypeError(`label ${label} has a name or value that is not plain`)
    out = out.flatMap(before =>
      values.map(value => `${before === "" ? "" : `${before},`}${label}="${value}"`),
    )
  }
  return out
}

function line(name: string, labels: string, value: number): string {
  return `${name}${labels === "" ? "" : `{${labels}}`} ${value}`
}

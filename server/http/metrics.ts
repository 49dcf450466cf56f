import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

type Labels = Readonly<Record<string, string | number>>;

/** What is measured: one registry of this server's own, to which every feature adds. Names begin with `tl_`. */
export interface Metrics {
  /** Read at each collection. One number, or one for each set of labels. */
  gauge(options: { name: string; help: string; labels?: readonly string[]; read: () => Reading | Promise<Reading> }): void;
  counter(options: { name: string; help: string; labels?: readonly string[] }): { add(labels?: Labels, by?: number): void };
  histogram(options: { name: string; help: string; labels?: readonly string[]; buckets: readonly number[] }): {
    observe(labels: Labels, value: number): void;
  };
  /** Prometheus text, and its content type. */
  collect(): Promise<{ contentType: string; text: string }>;
}

export type Reading = number | readonly { labels: Labels; value: number }[];

/** With the process's own figures: CPU, memory, event loop lag, garbage collection. */
export function createMetrics(options: { version: string }): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({ name: 'tl_server_info', help: 'The version that runs', labelNames: ['version'], registers: [registry] }).set(
    { version: options.version },
    1,
  );
  const common = (given: { name: string; help: string; labels?: readonly string[] }) => ({
    name: given.name,
    help: given.help,
    labelNames: [...(given.labels ?? [])],
    registers: [registry],
  });

  return {
    gauge({ read, ...given }) {
      new Gauge({
        ...common(given),
        async collect() {
          this.reset();
          try {
            const reading = await read();
            if (typeof reading === 'number') this.set(reading);
            else for (const { labels, value } of reading) this.set(labels, value);
          } catch {
            // One part that fails must not take the measurements of all the others along: it alone reads "not a number".
            if (!given.labels?.length) this.set(Number.NaN);
          }
        },
      });
    },
    counter(given) {
      const counter = new Counter(common(given));
      return { add: (labels = {}, by = 1) => counter.inc(labels, by) };
    },
    histogram({ buckets, ...given }) {
      const histogram = new Histogram({ ...common(given), buckets: [...buckets] });
      return { observe: (labels, value) => histogram.observe(labels, value) };
    },
    async collect() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

import { expect, it } from 'vitest';
import { parseMetrics } from './parse-metrics.ts';

it('figures, labels with all that is escaped in them, and values that are no numbers are read', () => {
  const text = String.raw`# HELP a_total Some help with "quotes" {and} more
# TYPE a_total counter
a_total{path="db/{x}",note="a\"b\\c\nd, e=\"f\""} 3 1700000000000
a_total 1.5e3
a_gauge{} -2
a_gauge_inf +Inf

not a metric at all
`;
  expect(parseMetrics(text)).toEqual([
    { name: 'a_total', labels: { path: 'db/{x}', note: 'a"b\\c\nd, e="f"' }, value: 3 },
    { name: 'a_total', labels: {}, value: 1_500 },
    { name: 'a_gauge', labels: {}, value: -2 },
    { name: 'a_gauge_inf', labels: {}, value: Number.POSITIVE_INFINITY },
  ]);
});

it('a histogram is one distribution for each set of labels, and a counter that ends like a part of one stays', () => {
  const text = `# TYPE h_seconds histogram
h_seconds_bucket{le="0.1",path="a"} 1
h_seconds_bucket{le="+Inf",path="a"} 2
h_seconds_sum{path="a"} 0.5
h_seconds_count{path="a"} 2
h_seconds_sum{path="b"} 0
h_seconds_count{path="b"} 0
# TYPE page_count gauge
page_count 7
`;
  expect(parseMetrics(text)).toEqual([
    { name: 'h_seconds', labels: { path: 'a' }, count: 2, sum: 0.5 },
    { name: 'h_seconds', labels: { path: 'b' }, count: 0, sum: 0 },
    { name: 'page_count', labels: {}, value: 7 },
  ]);
});

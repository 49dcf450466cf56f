import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';

test('every feature adds its own figures, read when they are asked for', async () => {
  const metrics = createMetrics({ version: '1.2.3' });
  let online = 14;
  metrics.gauge({ name: 'tl_clusters_online', help: 'Clusters that are connected', read: () => online });
  metrics.gauge({
    name: 'tl_cluster_volume',
    help: 'Volume',
    labels: ['cluster'],
    read: async () => [{ labels: { cluster: 'HD-01' }, value: 80 }],
  });
  const orders = metrics.counter({ name: 'tl_orders_total', help: 'Orders', labels: ['kind'] });
  orders.add({ kind: 'play' });
  orders.add({ kind: 'play' }, 2);
  online = 15;
  const { text, contentType } = await metrics.collect();
  expect(contentType).toContain('text/plain');
  for (const line of [
    'tl_server_info{version="1.2.3"} 1',
    'tl_clusters_online 15',
    'tl_cluster_volume{cluster="HD-01"} 80',
    'tl_orders_total{kind="play"} 3',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
});

test('a figure that cannot be read leaves the others readable', async () => {
  const metrics = createMetrics({ version: '1.2.3' });
  metrics.gauge({ name: 'tl_broken', help: 'Broken', read: () => Promise.reject(new Error('the database is gone')) });
  metrics.gauge({ name: 'tl_well', help: 'Well', read: () => 7 });
  const { text } = await metrics.collect();
  expect(text).toContain('tl_broken Nan');
  expect(text).toContain('tl_well 7');
});

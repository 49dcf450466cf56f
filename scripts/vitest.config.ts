import { defineConfig } from 'vitest/config';

const root = new URL('..', import.meta.url).pathname;

/**
 * Three sizes of test: `unit` beside its source, `system` (real processes, real broker, real sound) and `browser`
 * (Chromium) in `scripts/`. Workspaces resolve to their sources, so no build is needed to run the units.
 */
export default defineConfig({
  root,
  resolve: { conditions: ['source'] },
  // Handed to Node as they are: with "import" among them, `require` inside a package would load its ESM half.
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['shared/**/*.test.ts', 'server/**/*.test.ts', 'agent/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', 'scripts/system/**', 'scripts/browser/**'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['scripts/system/**/*.test.ts', 'scripts/browser/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});

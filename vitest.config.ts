import { defineConfig } from 'vitest/config'

export default defineConfig({
  // The portal imports the client by its name, as whoever has installed the package.
  resolve: { alias: [{ find: /^rota\/client$/, replacement: `${import.meta.dirname}/src/client/index.ts` }] },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts', 'portal/test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    setupFiles: ['test/support/leaks.ts'],
  },
})

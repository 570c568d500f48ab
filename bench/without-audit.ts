import { registerHooks } from 'node:module';

/** Loaded before a gateway, for `bench/audit.ts` alone: its trail takes every record and writes none. */
const STUB = 'export const buildSqliteTrail = () => ({ write: () => Promise.resolve(), close: () => Promise.resolve() });';

registerHooks({
  load: (url, context, next) => (url.endsWith('/audit-sinks/sqlite-trail.ts') ? { format: 'module', source: STUB, shortCircuit: true } : next(url, context)),
});

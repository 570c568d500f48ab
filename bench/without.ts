import { registerHooks } from 'node:module';

/** Loaded before a gateway, for the benchmarks alone: BENCH_WITHOUT names the rooms that are left empty, and each takes all that comes and does nothing. */
const STUBS: Readonly<Record<string, { readonly file: string; readonly source: string }>> = {
  audit: { file: '/audit-sinks/sqlite-trail.ts', source: 'export const buildSqliteTrail = () => ({ write: () => Promise.resolve(), close: () => Promise.resolve() });' },
  limits: { file: '/stages/limit/limit.ts', source: 'export const buildLimit = () => (permitted) => Object.assign(permitted, { quota: undefined, slots: undefined });' },
  policy: { file: '/stages/authorize/compile-policy.ts', source: "export const compilePolicy = () => ({ version: 'none', decide: () => ({ effect: 'allow', rule: 'none' }), trace: () => [] });" },
};

const empty = (process.env['BENCH_WITHOUT'] ?? '').split(',').map((name) => {
  const stub = STUBS[name];
  if (stub === undefined) throw new Error(`BENCH_WITHOUT: there is no room "${name}"; there are ${Object.keys(STUBS).join(', ')}`);
  return stub;
});

registerHooks({
  load: (url, context, next) => {
    const stub = empty.find(({ file }) => url.endsWith(file));
    return stub === undefined ? next(url, context) : { format: 'module', source: stub.source, shortCircuit: true };
  },
});

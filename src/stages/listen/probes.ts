import type { Reply } from '../../model/exchange.ts';

/** What is wrong, in words; empty when all is well. */
export type Reasons = () => readonly string[];

const json = (status: number, body: object): Reply => ({
  kind: 'whole',
  status,
  headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
  body: JSON.stringify(body),
});

/**
 * `/healthz` and `/livez` say that the process answers; `/readyz` says whether calls can succeed, and if not why. They need no key,
 * name no host and no secret, and are not exchanges: they leave no audit record.
 * @param blockers reasons not to send traffic here (the gateway stops); `complaints` degrade single servers only
 */
export const buildProbes =
  (blockers: Reasons, complaints: Reasons) =>
  (method: string, target: string): Reply | undefined => {
    if (method !== 'GET') return undefined;
    if (target === '/healthz' || target === '/livez') return json(200, { status: 'alive' });
    if (target !== '/readyz') return undefined;
    const [stops, degraded] = [blockers(), complaints()];
    if (stops.length > 0) return json(503, { status: 'not ready', reasons: stops });
    return json(200, degraded.length > 0 ? { status: 'degraded', reasons: degraded } : { status: 'ready', reasons: [] });
  };

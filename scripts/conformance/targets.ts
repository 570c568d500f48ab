import { join } from 'node:path';
import { startGateway } from '../../test/world/gateway-process.ts';
import type { GatewayOptions } from '../../test/world/gateway-process.ts';
import { startProcess } from '../../test/world/running-process.ts';

export type Target = { readonly url: string; readonly headers: Readonly<Record<string, string>> };

/** The ways to the fixture: without a gateway, and with one that reaches it in either way. */
export const columns = ['direct', 'http', 'stdio'] as const;
export type Column = (typeof columns)[number];

const fixture = join(import.meta.dirname, '../../test/fixtures/everything');

const keys = {
  'conformance-key-0123456789abcdef': { name: 'conformance', userId: 'conformance', role: 'user', permissions: ['*'] },
};

async function startFixture(owned: AsyncDisposableStack): Promise<Target> {
  const running = owned.use(startProcess([process.execPath, join(fixture, 'http.ts'), '--port', '0']));
  const [, url = ''] = await running.says(/\{"url":"([^"]+)"\}/);
  return { url, headers: {} };
}

async function startBehindGateway(owned: AsyncDisposableStack, upstream: GatewayOptions['upstream']): Promise<Target> {
  const gateway = owned.use(await startGateway({ upstream, keys }));
  const url = new URL(gateway.url);
  // The suite's scenario about DNS rebinding accepts no other name.
  url.hostname = 'localhost';
  return { url: url.href, headers: { 'x-api-key': gateway.key } };
}

/** Starts what the columns need, at once; a target that cannot be started spoils its own column only. */
export function startTargets(owned: AsyncDisposableStack, wanted: readonly Column[]): ReadonlyMap<Column, Promise<Target>> {
  const direct = startFixture(owned);
  const start: Record<Column, () => Promise<Target>> = {
    direct: () => direct,
    http: async () => startBehindGateway(owned, (await direct).url),
    stdio: () => startBehindGateway(owned, [process.execPath, join(fixture, 'stdio.ts')]),
  };
  const targets = new Map(wanted.map((column) => [column, start[column]()]));
  // Each run awaits its own target and reports the error; until then nobody does.
  for (const target of targets.values()) target.catch(() => undefined);
  return targets;
}

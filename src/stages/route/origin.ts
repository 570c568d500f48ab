import { GatewayError } from '../../errors/gateway-error.ts';
import type { Inbound } from '../../model/exchange.ts';

export interface OriginOptions {
  /** Host names this gateway answers to, lower case, without port; never learned from a request. */
  readonly allowedHosts: ReadonlySet<string>;
  /** Web origins allowed besides those on an allowed loopback host, as browsers write them. */
  readonly allowedOrigins: ReadonlySet<string>;
}

export const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?$/;

/** The name part of a Host header, or undefined when the header is not one. */
const hostName = (header: string): string | undefined => HOST.exec(header.toLowerCase())?.[1];

const isLoopbackOrigin = (origin: string): boolean => {
  const match = /^https?:\/\/(.+)$/.exec(origin);
  const name = match?.[1] === undefined ? undefined : hostName(match[1]);
  return name !== undefined && LOOPBACK_HOSTS.has(name);
};

/** The two checks by themselves, for what any page may read and a foreign name may not. */
export interface OriginChecks {
  /** @throws GatewayError `http.host-refused` */
  checkHost(inbound: Inbound): void;
  /** @throws GatewayError `http.origin-refused` */
  checkOrigin(inbound: Inbound): void;
}

/**
 * Refuses DNS rebinding: the name in `Host` must be ours, and a browser's `Origin` must be one we know (TR-2, M07).
 * A web page on any loopback port may call a gateway that answers on loopback; it is the same machine and person.
 */
export const buildOriginChecks = (options: OriginOptions): OriginChecks => {
  const onLoopback = options.allowedHosts.has('localhost');
  const trusts = (origin: string): boolean => options.allowedOrigins.has(origin) || (onLoopback && isLoopbackOrigin(origin));
  // Clients send the same Host each time: the last one found good is not taken apart again.
  let lastGood = '';
  return {
    checkHost({ headers }) {
      const header = headers['host'] ?? '';
      if (header === lastGood && header !== '') return;
      const name = hostName(header);
      if (name === undefined || !options.allowedHosts.has(name)) {
        throw new GatewayError('http.host-refused', { reason: 'the Host header names another host' });
      }
      lastGood = header;
    },
    checkOrigin({ headers: { origin } }) {
      if (origin !== undefined && !trusts(origin)) {
        throw new GatewayError('http.origin-refused', { reason: 'the Origin header names a foreign web origin' });
      }
    },
  };
};

/** Both, the host first. */
export const buildOriginCheck = (options: OriginOptions): ((inbound: Inbound) => void) => {
  const { checkHost, checkOrigin } = buildOriginChecks(options);
  return (inbound) => {
    checkHost(inbound);
    checkOrigin(inbound);
  };
};

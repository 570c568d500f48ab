import { X509Certificate } from 'node:crypto';
import { Agent as PlainAgent, request as plainRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, type AgentOptions as TlsAgentOptions, request as tlsRequest } from 'node:https';
import type { Presented } from './credentials.ts';

/** One HTTP request to the gateway. */
export interface Outgoing {
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Gives the request up. */
  readonly signal: AbortSignal;
}

/** The connection failed. */
export class Unreached extends Error {
  /** Node's or OpenSSL's code. */
  readonly code: string;
  /** True when nothing of the request can have arrived, so that sending it again does nothing twice. */
  readonly isUnsent: boolean;

  constructor(code: string, options: { readonly isUnsent: boolean; readonly cause: unknown }) {
    super(code, { cause: options.cause });
    this.code = code;
    this.isUnsent = options.isUnsent;
  }
}

const CONNECT_MS = 10_000;
/** A client may work in parallel; streams stay open. */
const MOST_SOCKETS = 64;

/** The way to the gateway: connections are kept, never redirected, and show what they were given. */
export interface Way {
  /** @throws Unreached */
  send(outgoing: Outgoing): Promise<IncomingMessage>;
  /** Lets go of the connections that nothing uses. */
  close(): void;
}

/** Trusts one certificate alone: it need be signed by nobody who is known, and need not be for the name that is asked. */
const pinnedTo = (pinned: string): TlsAgentOptions => ({
  ca: pinned, allowPartialTrustChain: true,
  checkServerIdentity: (_name, { raw }) => (raw.equals(new X509Certificate(pinned).raw) ? undefined : Object.assign(new Error('another certificate'), { code: 'ERR_TLS_CERT_NOT_PINNED' })),
});

const agentFor = (url: URL, { certificate, privateKey, authority, pinned }: Presented): PlainAgent =>
  url.protocol === 'http:'
    ? new PlainAgent({ keepAlive: true, maxSockets: MOST_SOCKETS })
    : new TlsAgent({ keepAlive: true, maxSockets: MOST_SOCKETS, minVersion: 'TLSv1.2', cert: certificate, key: privateKey, ...(authority === undefined ? {} : { ca: authority }), ...(pinned === undefined ? {} : pinnedTo(pinned)) });

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown');

/** Over TLS 1.3 a client hears that its certificate was refused only after its first bytes, which nobody has read. */
const isRefusal = (code: string): boolean => code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_');

const whenAnswered = (request: ClientRequest, body: string | undefined): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    let isOpen = false;
    request.once('response', resolve);
    request.once('error', (error) => reject(new Unreached(codeOf(error), { isUnsent: !isOpen || isRefusal(codeOf(error)), cause: error })));
    request.once('socket', (socket) => {
      isOpen = !socket.connecting;
      if (isOpen) return;
      const late = (): void => void request.destroy(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' }));
      socket.setTimeout(CONNECT_MS, late);
      socket.once(request.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        isOpen = true;
        socket.setTimeout(0).off('timeout', late);
      });
    });
    request.end(body);
  });

/** Opens the way to a gateway. */
export const openWay = (url: URL, presented: Presented): Way => {
  const agent = agentFor(url, presented);
  const send = url.protocol === 'http:' ? plainRequest : tlsRequest;
  const own = presented.apiKey === undefined ? {} : { 'X-API-Key': presented.apiKey };
  return {
    send: ({ method, headers, body, signal }) => {
      const length = body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)) };
      return whenAnswered(send(url, { method, agent, signal, headers: { ...length, ...headers, ...own } }), body);
    },
    close: () => agent.destroy(),
  };
};

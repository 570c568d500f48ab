import { Readable } from 'node:stream';
import type { Inbound } from '../../model/exchange.ts';
import type { ShownCertificate, UncheckedCertificate } from './shown-certificate.ts';

/** What the provider said of a request while it answered it. */
export interface Noted {
  clientId?: string | undefined;
  accountId?: string | undefined;
  grantId?: string | undefined;
  /** A refresh token came that was replaced long ago. */
  reused?: true;
  error?: { readonly code: string; readonly reason: string; readonly isOurs: boolean } | undefined;
}

/** What is handed to the provider of a request. */
export interface Asked {
  readonly inbound: Inbound;
  /** Path and query, as the provider knows them. */
  readonly target: string;
  readonly issuer: URL;
  /** Where the provider is asked in another way than we were. */
  readonly method?: 'GET';
  readonly form?: URLSearchParams | undefined;
  readonly json?: string | undefined;
  /** Who has proven themselves before the provider was asked. */
  readonly account?: string | undefined;
  /** The longest an access token may live, where the client asks for less than it would get. */
  readonly atMostSeconds?: number | undefined;
  /** What the client of the connection has shown. */
  readonly certificate?: ShownCertificate | UncheckedCertificate | undefined;
}

const bodyOf = ({ form, json }: Asked): { readonly type: string; readonly bytes: Buffer } | undefined => {
  if (json !== undefined) return { type: 'application/json', bytes: Buffer.from(json) };
  return form === undefined ? undefined : { type: 'application/x-www-form-urlencoded', bytes: Buffer.from(form.toString()) };
};

/** Headers that concern the provider. `Origin` is not among them: what pages may do is decided before it is asked. */
const PASSED = ['authorization', 'cookie', 'dpop', 'user-agent', 'accept-language'] as const;

/**
 * A request in the shape of Node's, for a library that knows no other. It has only what was looked at before: a body that was parsed and
 * written anew, and the host of the issuer, whatever `Host` said (attacks.md P04).
 */
export class ProviderRequest extends Readable {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly httpVersion = '1.1';
  readonly httpVersionMajor = 1;
  readonly httpVersionMinor = 1;
  readonly socket: { readonly remoteAddress: string; readonly encrypted: boolean; readonly readable: true; readonly writable: true };
  readonly account: string | undefined;
  readonly atMostSeconds: number | undefined;
  readonly certificate: ShownCertificate | UncheckedCertificate | undefined;
  readonly noted: Noted = {};
  #body: Buffer | undefined;

  constructor(asked: Asked) {
    super();
    const { inbound, target, issuer } = asked;
    const body = bodyOf(asked);
    this.account = asked.account;
    this.atMostSeconds = asked.atMostSeconds;
    this.certificate = asked.certificate;
    this.method = asked.method ?? inbound.method;
    this.url = target;
    this.socket = { remoteAddress: inbound.address, encrypted: issuer.protocol === 'https:', readable: true, writable: true };
    const passed = PASSED.flatMap((name) => (inbound.headers[name] === undefined ? [] : [[name, inbound.headers[name]] as const]));
    this.headers = { ...Object.fromEntries(passed), host: issuer.host, accept: 'application/json', ...(body === undefined ? {} : { 'content-type': body.type, 'content-length': String(body.bytes.length) }) };
    this.#body = body?.bytes;
  }

  override _read(): void {
    const body = this.#body;
    this.#body = undefined;
    if (body !== undefined && body.length > 0) this.push(body);
    this.push(null);
  }
}

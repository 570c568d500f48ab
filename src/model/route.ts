/** What a path leads to. */
export type RouteKind = 'mcp' | 'status' | 'admin' | 'notice' | 'authority' | 'renewal';

/** One server behind the gateway as the request path sees it. */
export interface Route {
  /** The server's name in config and permissions. */
  readonly server: string;
  readonly kind: RouteKind;
  /** Live keys open live servers, test keys open test servers (K11). */
  readonly environment: 'live' | 'test';
  /** The account of the gateway's own credential at the server, as the configuration calls it. */
  readonly account?: string | undefined;
  /** Tool names outside MCP's alphabet that an administrator has accepted (N14). */
  readonly acceptedTools: ReadonlySet<string>;
  /** How long the upstream may take to begin its answer, and how long in all for one that is not a stream. */
  readonly timeoutMs: number;
  /** Whether every request must bring a key and a token. */
  readonly keyAndToken?: boolean;
  /** Whether a key or a token may come over a connection whose certificate is a way in too. */
  readonly besideCertificate?: boolean;
  /** Files with those whose client certificates are good here; all that the listener trusts unless given. */
  readonly clientIssuers?: readonly string[];
  /** Where clients find how to get a token for this path (RFC 9728); absent where no token opens it (W1). */
  readonly resourceMetadata?: string;
  /** The scopes a client is told to begin with. */
  readonly baseline?: readonly string[];
}

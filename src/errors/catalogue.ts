/** Whose mistake it is: decides the log level and the metric label, never the reply. */
export type Blame = 'caller' | 'operator' | 'upstream' | 'house';

/** One row per error. `hint` ends in the next step to take; docs/errors.md has an entry for each code (tested). */
export interface ErrorRow {
  readonly status: number;
  /** Short, stable, safe to show; for R16's rows it is the seed's own `error` text. */
  readonly title: string;
  readonly blame: Blame;
  readonly hint: string;
  /** The next step at the terminal, where it is another one. */
  readonly terminalHint?: string;
  /** Present when the reply is a JSON-RPC error object instead of a problem document. */
  readonly jsonRpc?: number;
  /** Present when the reply carries an RFC 6750 challenge: the `error` parameter, or `''` for a bare challenge. */
  readonly challenge?: string;
  /** The code in the dialect of OAuth (RFC 6749 §5.2), where it is not the one that the status gives. */
  readonly oauth?: string;
  /** The `scimType` of an answer to a directory (RFC 7644 §3.12). */
  readonly scim?: string;
  /** The scheme of the challenge, where it is not Bearer (RFC 9449 §7.1). */
  readonly scheme?: 'DPoP' | 'ClientCertificate';
}

/** Whoever starts a server at the terminal can look at it themselves. */
const RUN_IT = 'run the server by itself to see that it works, and check its command or URL';

const row = <const Row extends ErrorRow>(value: Row): Row => value;

/** Every error this product can answer with. To add one: one row here, one entry in docs/errors.md. */
export const CATALOGUE = {
  'http.malformed': row({ status: 400, title: 'Malformed HTTP request', blame: 'caller', hint: 'Send a well-formed HTTP/1.1 request.' }),
  'tls.refused': row({ status: 400, title: 'TLS handshake refused', blame: 'caller', hint: 'Use TLS 1.2 or 1.3, and a certificate of an issuer under tls.ca where one is asked for; the audit trail has the reason.' }),
  'http.not-found': row({ status: 404, title: 'Not found', blame: 'caller', hint: 'Call /mcp, /{server}/mcp or /mcp/status; paths are compared exactly.' }),
  'http.method-not-allowed': row({ status: 405, title: 'Method not allowed', blame: 'caller', hint: 'Use POST for MCP messages; see the Allow header.' }),
  'http.host-refused': row({ status: 403, title: 'Host not allowed', blame: 'caller', hint: 'Use the configured public URL, or add the name to listen.allowedHosts.' }),
  'http.origin-refused': row({ status: 403, title: 'Origin not allowed', blame: 'caller', hint: 'Add the web origin to listen.allowedOrigins if you trust it.' }),
  'http.headers-refused': row({ status: 400, title: 'Ambiguous headers', blame: 'caller', hint: 'Send each header once.' }),
  'http.headers-too-large': row({ status: 431, title: 'Request headers too large', blame: 'caller', hint: 'Send at most 100 headers and 16 KiB of them.' }),
  'http.body-refused': row({ status: 400, title: 'Body not allowed here', blame: 'caller', hint: 'Send no body with GET and DELETE.' }),
  'http.expectation-failed': row({ status: 417, title: 'Expectation not supported', blame: 'caller', hint: 'Send only Expect: 100-continue, or none.' }),
  'http.media-type': row({ status: 415, title: 'Content-Type must be application/json', blame: 'caller', hint: 'Send Content-Type: application/json, UTF-8, once.' }),
  'http.encoding': row({ status: 415, title: 'Content-Encoding not supported', blame: 'caller', hint: 'Send the body uncompressed.' }),
  'http.not-acceptable': row({ status: 406, title: 'Accept must list application/json and text/event-stream', blame: 'caller', hint: 'Send Accept: application/json, text/event-stream.' }),
  'http.too-large': row({ status: 413, title: 'Request body too large', blame: 'caller', hint: 'Send a smaller body, or raise listen.maxBodyBytes.' }),
  'http.timeout': row({ status: 408, title: 'Request not received in time', blame: 'caller', hint: 'Send the whole request within 12 seconds.' }),

  'credential.missing': row({ status: 401, title: 'API key required', blame: 'caller', challenge: '', hint: 'Send the header X-API-Key; "sallyport keys create" makes a key.' }),
  'credential.either-missing': row({ status: 401, title: 'API key or access token required', blame: 'caller', challenge: '', hint: 'Send the header X-API-Key with a key of the operator, or get a token as the document under resource_metadata of the challenge says, and send it as Authorization: Bearer.' }),
  'credential.invalid': row({ status: 401, title: 'Invalid API key', blame: 'caller', challenge: 'invalid_token', hint: 'Check the key with "sallyport keys list"; a revoked, expired or mistyped key is refused alike.' }),
  'credential.multiple': row({ status: 400, title: 'More than one credential', blame: 'caller', challenge: 'invalid_request', hint: 'Send exactly one: X-API-Key, Authorization: Bearer, or ?api_key=.' }),
  'credential.both-needed': row({ status: 401, title: 'An API key and an access token are both required', blame: 'caller', challenge: '', hint: 'Send the key in X-API-Key and the token in Authorization, in one request.' }),
  'credential.query-off': row({ status: 401, title: 'Keys in the URL are switched off', blame: 'caller', challenge: '', hint: 'Send the key in the X-API-Key header.' }),
  'credential.way-closed': row({ status: 401, title: 'This way in is closed here', blame: 'caller', challenge: '', hint: 'Come by a way that the detail names, or ask the operator for the URL where yours is open.' }),
  'credential.network': row({ status: 403, title: 'Key not allowed from this address', blame: 'caller', hint: 'Call from a network the key allows, or ask the operator; "sallyport explain {id}" tells him which key it is and what would allow it.' }),
  'credential.hours': row({ status: 403, title: 'Key not allowed at this time', blame: 'caller', hint: 'Call within the hours of the key, or ask the operator; "sallyport explain {id}" tells him which key it is and what would allow it.' }),

  'token.missing': row({ status: 401, title: 'Access token required', blame: 'caller', challenge: '', hint: 'Get a token as the document under resource_metadata of the challenge says, and send it as Authorization: Bearer.' }),
  'token.invalid': row({ status: 401, title: 'Invalid access token', blame: 'caller', challenge: 'invalid_token', hint: 'Get a new token for this server from an issuer it accepts; "sallyport idp test" says what is wrong with one.' }),
  'token.expired': row({ status: 401, title: 'The access token has expired', blame: 'caller', challenge: 'invalid_token', hint: 'Get a new token with the refresh token, or log in again.' }),
  'token.proof': row({ status: 401, title: 'The DPoP proof is not good', blame: 'caller', challenge: 'invalid_dpop_proof', scheme: 'DPoP', hint: 'Send one new proof with each request, for its method, its public URL and this token (RFC 9449 §4.3).' }),
  'token.nonce': row({ status: 401, title: 'The DPoP proof needs a nonce', blame: 'caller', challenge: 'use_dpop_nonce', scheme: 'DPoP', hint: 'Send the request again with a proof that has the DPoP-Nonce of this reply.' }),
  'token.unchecked': row({ status: 503, title: 'Access tokens cannot be checked now', blame: 'operator', hint: 'Try again after Retry-After seconds; the operator sees in /readyz which issuer cannot be reached. API keys go on working.' }),

  'certificate.missing': row({ status: 401, title: 'Client certificate required', blame: 'caller', challenge: '', scheme: 'ClientCertificate', hint: 'Connect with a client certificate of an issuer that the listener trusts, as with curl --cert and --key.' }),
  'certificate.invalid': row({ status: 401, title: 'Client certificate not accepted', blame: 'caller', challenge: '', scheme: 'ClientCertificate', hint: 'Ask the operator: "sallyport explain {id}" and the audit trail tell him what is wrong with it; then connect with another.' }),
  'certificate.request-invalid': row({ status: 400, title: 'The request for a certificate is not accepted', blame: 'caller', hint: 'Send PKCS#10 that is signed by its own key of P-256 or RSA of 2048 bits, with no names or just those of your certificate: openssl req -new -key client.key -subj /.' }),
  'certificate.not-renewable': row({ status: 403, title: 'The certificate is not renewed here', blame: 'caller', hint: 'Ask who has issued it for another one; here only the authority under certificates.renewal renews what it has issued and not revoked.' }),
  'certificate.unchecked': row({ status: 503, title: 'Client certificates cannot be checked now', blame: 'operator', hint: 'Try again after Retry-After seconds; the operator sees in the log which list of revoked certificates is not current. Other ways in go on working.' }),

  'scope.insufficient': row({ status: 403, title: 'Insufficient scope', blame: 'caller', challenge: 'insufficient_scope', hint: 'Get a token with the scopes of the challenge; "sallyport explain {id}" tells the operator what is missing.' }),
  'scope.step-up': row({ status: 403, title: 'Further scopes are needed', blame: 'caller', challenge: 'insufficient_scope', hint: 'Get a token with the scopes of the challenge; the issuer may ask the person again.' }),
  'permission.denied': row({ status: 403, title: 'Insufficient permission', blame: 'caller', hint: 'Ask the operator to add the permission; "sallyport explain {id}" tells him what is missing and how to add it.' }),
  'policy.denied': row({ status: 403, title: 'Denied by a rule', blame: 'caller', hint: 'Ask the operator; "sallyport explain {id}" tells him which rule it was and what would allow it.' }),

  'notice.invalid': row({ status: 400, title: 'The notice is not accepted', blame: 'caller', hint: 'See the reason in the audit trail; the provider must send what docs/revocation.md says.' }),
  'scim.invalid-syntax': row({ status: 400, title: 'The request is not SCIM', blame: 'caller', scim: 'invalidSyntax', hint: 'Send what RFC 7644 says, as the detail tells.' }),
  'scim.invalid-filter': row({ status: 400, title: 'The filter is not understood', blame: 'caller', scim: 'invalidFilter', hint: 'Write it as RFC 7644 §3.4.2.2 says, of attributes that are kept; the detail tells the place.' }),
  'scim.invalid-path': row({ status: 400, title: 'The path is not understood', blame: 'caller', scim: 'invalidPath', hint: 'Name one attribute, as the detail tells.' }),
  'scim.invalid-value': row({ status: 400, title: 'A value is not understood', blame: 'caller', scim: 'invalidValue', hint: 'Correct what the detail names.' }),
  'scim.no-target': row({ status: 400, title: 'The path leads to no value', blame: 'caller', scim: 'noTarget', hint: 'Add the value first, or name one that is there.' }),
  'scim.too-many': row({ status: 400, title: 'Too many to look through', blame: 'caller', scim: 'tooMany', hint: 'Ask by id, externalId, or the name with eq, or for pages without a filter.' }),
  'scim.uniqueness': row({ status: 409, title: 'There is one of that name already', blame: 'caller', scim: 'uniqueness', hint: 'Find it by its name, and change that one.' }),
  'scim.not-found': row({ status: 404, title: 'Nothing of that id', blame: 'caller', hint: 'Find it by its name; what was deleted is made anew.' }),
  'session.missing': row({ status: 401, title: 'Nobody is signed in in this browser', blame: 'caller', hint: 'Open /auth/oauth/PROVIDER/start, such as /auth/oauth/github/start, and come back.' }),
  'session.over': row({ status: 401, title: 'This sign-in is over', blame: 'caller', hint: 'Open /auth/oauth/PROVIDER/start again; a browser stays signed in for an hour.' }),
  'idp.unknown': row({ status: 404, title: 'No such identity provider', blame: 'caller', hint: 'Go back to the page you came from, and choose one of the providers it shows.' }),
  'idp.attempt': row({ status: 403, title: 'This sign-in is not under way here', blame: 'caller', hint: 'Start again at the sign-in page, and finish within ten minutes in the same browser.' }),
  'idp.denied': row({ status: 403, title: 'The identity provider did not let you in', blame: 'caller', hint: 'Start again; when it stays so, ask whoever runs the identity provider.' }),
  'idp.answer': row({ status: 403, title: 'The answer of the identity provider is not accepted', blame: 'upstream', hint: 'Start again; when it stays so, whoever runs this gateway finds the reason under {id} in the audit trail.' }),
  'idp.not-admitted': row({ status: 403, title: 'You may not sign in here', blame: 'caller', hint: 'Sign in with another account, or ask whoever runs this gateway to let you in and tell them {id}.' }),
  'idp.misconfigured': row({ status: 502, title: 'The identity provider does not know this gateway', blame: 'operator', hint: 'Whoever runs this gateway finds the reason under {id} in the audit trail, and compares its signIn section with what is registered at the provider.' }),
  'idp.unreachable': row({ status: 503, title: 'The identity provider cannot be reached', blame: 'upstream', hint: 'Try again in a minute; who is signed in already goes on.' }),

  'notice.client': row({ status: 401, title: 'Not the client that was agreed', blame: 'caller', oauth: 'invalid_client', hint: 'Let the provider send the clientId and the secret of issuers.NAME.revocation by Basic.' }),

  'oauth.invalid-request': row({ status: 400, title: 'The OAuth request is not understood', blame: 'caller', oauth: 'invalid_request', hint: 'Send what the metadata at /.well-known/oauth-authorization-server says, each parameter once, with PKCE S256.' }),
  'oauth.invalid-client': row({ status: 401, title: 'The client is not known, or did not prove itself', blame: 'caller', oauth: 'invalid_client', hint: 'Register the client again, or let it prove itself in the way that was agreed.' }),
  'oauth.invalid-grant': row({ status: 400, title: 'The code or refresh token is no longer good', blame: 'caller', oauth: 'invalid_grant', hint: 'Sign in again from the client; codes are good once and for a minute.' }),
  'refresh.reused': row({ status: 400, title: 'A refresh token came that was replaced long ago', blame: 'caller', oauth: 'invalid_grant', hint: 'Sign in again from the client; whoever runs this gateway looks under {id} for who else has the token.' }),
  'oauth.unauthorized-client': row({ status: 400, title: 'The client may not ask in this way', blame: 'caller', oauth: 'unauthorized_client', hint: 'Use a grant that the client was registered for.' }),
  'oauth.unsupported-grant-type': row({ status: 400, title: 'Grant type not supported', blame: 'caller', oauth: 'unsupported_grant_type', hint: 'Use one of grant_types_supported in the metadata.' }),
  'oauth.unsupported-response-type': row({ status: 400, title: 'Response type not supported', blame: 'caller', oauth: 'unsupported_response_type', hint: 'Ask for response_type=code.' }),
  'oauth.invalid-scope': row({ status: 400, title: 'None of the scopes means anything here', blame: 'caller', oauth: 'invalid_scope', hint: 'Ask for scopes of the protected resource metadata, or for none.' }),
  'oauth.invalid-target': row({ status: 400, title: 'The resource is not served here', blame: 'caller', oauth: 'invalid_target', hint: 'Send resource with the URL of one MCP server of this gateway, as its metadata says it.' }),
  'oauth.invalid-redirect-uri': row({ status: 400, title: 'The redirect URI is not that of the client', blame: 'caller', oauth: 'invalid_redirect_uri', hint: 'Start again from your client; if this comes back, the client must register the URI it uses.' }),
  'oauth.invalid-client-metadata': row({ status: 400, title: 'The client metadata cannot be accepted', blame: 'caller', oauth: 'invalid_client_metadata', hint: 'Correct what error_description names and register again.' }),
  'oauth.access-denied': row({ status: 403, title: 'Access was not allowed', blame: 'caller', oauth: 'access_denied', hint: 'Start again from your client if you did not mean to refuse.' }),
  'oauth.login-required': row({ status: 400, title: 'Somebody has to sign in', blame: 'caller', oauth: 'login_required', hint: 'Ask again without prompt=none.' }),
  'oauth.consent-required': row({ status: 400, title: 'Somebody has to agree', blame: 'caller', oauth: 'consent_required', hint: 'Ask again without prompt=none.' }),
  'oauth.authorization-pending': row({ status: 400, title: 'Nobody has answered yet', blame: 'caller', oauth: 'authorization_pending', hint: 'Ask again after the interval; the person has to type in the code first.' }),
  'oauth.slow-down': row({ status: 400, title: 'Asked too often', blame: 'caller', oauth: 'slow_down', hint: 'Wait five seconds longer between two questions.' }),
  'oauth.expired-token': row({ status: 400, title: 'The device code has expired', blame: 'caller', oauth: 'expired_token', hint: 'Start the sign-in of the device again.' }),
  'oauth.invalid-dpop-proof': row({ status: 400, title: 'The DPoP proof is not good', blame: 'caller', oauth: 'invalid_dpop_proof', hint: 'Send one new proof with each request, for its method and URL (RFC 9449 §4.3).' }),
  'oauth.registration-off': row({ status: 403, title: 'Clients cannot register themselves here', blame: 'caller', oauth: 'access_denied', hint: 'Use a client id that is a URL of its metadata document, or ask the operator for a client id.' }),
  'oauth.registration-limited': row({ status: 429, title: 'Too many registrations', blame: 'caller', oauth: 'temporarily_unavailable', hint: 'Wait for Retry-After seconds and keep the client id that you were given before.' }),
  'oauth.temporarily-unavailable': row({ status: 503, title: 'The assertion or the certificate cannot be checked now', blame: 'operator', oauth: 'temporarily_unavailable', hint: 'Try again with the same one after Retry-After seconds; the operator sees in /readyz and in the log which issuer cannot be reached, or whose list of revoked certificates is not current.' }),
  'oauth.off': row({ status: 404, title: 'This gateway issues no tokens', blame: 'caller', hint: 'Use a key, or let the operator write authority: {enabled: true}.' }),
  'login.refused': row({ status: 403, title: 'This key does not open the door', blame: 'caller', hint: 'Check the key with your operator; a revoked, expired or mistyped key is refused alike.' }),
  'login.expired': row({ status: 400, title: 'This sign-in is over', blame: 'caller', hint: 'Go back to your client and connect again; a sign-in is good for ten minutes, in one browser.' }),
  'login.foreign': row({ status: 403, title: 'This answer came from another page', blame: 'caller', hint: 'Go back to your client and connect again; answer only on the page that opens.' }),

  'admin.input': row({ status: 400, title: 'Input not understood', blame: 'caller', hint: 'Send the members that GET /api/openapi.json names for this operation.' }),
  'admin.not-found': row({ status: 404, title: 'Nothing of this name', blame: 'caller', hint: 'Take the id from the list, as the detail says.' }),
  'admin.refused': row({ status: 409, title: 'Operation refused', blame: 'caller', hint: 'Do what the detail says first.' }),
  'policy.replaced': row({ status: 503, title: 'The rules have changed meanwhile', blame: 'operator', hint: 'Send the request again: it began under rules that are no longer in force.' }),

  'tool.held': row({ status: 403, title: 'The tool waits to be accepted', blame: 'caller', hint: 'Ask the operator to look at the change and accept it.' }),

  'limit.exceeded': row({ status: 429, title: 'Rate limit exceeded', blame: 'caller', hint: 'Wait for Retry-After seconds, or raise the limit as "raise" says.' }),
  'limit.in-flight': row({ status: 429, title: 'Too many calls at once', blame: 'caller', hint: 'Wait until a call has ended, or raise inFlight as "raise" says.' }),
  'limit.unusual': row({ status: 429, title: 'More than is usual', blame: 'caller', hint: 'Wait for Retry-After seconds, or say that it is expected: "sallyport alarms list" names the alarm, "sallyport alarms expect ID" lets it pass.' }),
  'limit.guessing': row({ status: 429, title: 'Too many invalid credentials', blame: 'caller', hint: 'Wait for Retry-After seconds and send a valid key.' }),
  'limit.streams': row({ status: 429, title: 'Too many open streams', blame: 'caller', hint: 'Close a stream first, or raise limits.streamsPerKey.' }),

  'rpc.parse': row({ status: 400, title: 'Parse error', blame: 'caller', jsonRpc: -32700, hint: 'Send one UTF-8 JSON document.' }),
  'rpc.invalid': row({ status: 400, title: 'Invalid request', blame: 'caller', jsonRpc: -32600, hint: 'Send one unambiguous JSON-RPC 2.0 message.' }),
  'rpc.params': row({ status: 400, title: 'Invalid params', blame: 'caller', jsonRpc: -32602, hint: 'Send the params the method asks for.' }),
  'rpc.unknown-method': row({ status: 404, title: 'Method not found', blame: 'caller', jsonRpc: -32601, hint: 'Use a method of the MCP revision you speak.' }),
  'rpc.header-mismatch': row({ status: 400, title: 'Header mismatch', blame: 'caller', jsonRpc: -32020, hint: 'Make MCP-Protocol-Version, Mcp-Method and Mcp-Name equal to the body.' }),
  'rpc.version': row({ status: 400, title: 'Unsupported protocol version', blame: 'caller', jsonRpc: -32022, hint: 'Use one of the versions in data.supported.' }),
  'session.unknown': row({ status: 404, title: 'Session not found', blame: 'caller', jsonRpc: -32001, hint: 'Initialize a new session with this credential.' }),
  'state.unknown': row({ status: 400, title: 'Invalid or expired requestState', blame: 'caller', jsonRpc: -32602, hint: 'Start the call again without requestState.' }),
  'task.unknown': row({ status: 400, title: 'Task not found', blame: 'caller', jsonRpc: -32602, hint: 'Use a task id that this credential created.' }),

  'upstream.unreachable': row({ status: 502, title: 'The MCP server cannot be reached', blame: 'upstream', terminalHint: RUN_IT, hint: 'Check that the server runs: "sallyport status".' }),
  'upstream.untrusted': row({ status: 502, title: 'The MCP server\'s certificate is not trusted', blame: 'operator', hint: 'Name the file of its issuer\'s certificate in NODE_EXTRA_CA_CERTS and start the gateway again; nothing was sent.' }),
  'upstream.unavailable': row({ status: 503, title: 'The MCP server is not available', blame: 'upstream', terminalHint: RUN_IT, hint: 'It is being restarted; try again after Retry-After seconds.' }),
  'upstream.timeout': row({ status: 504, title: 'The MCP server did not answer in time', blame: 'upstream', terminalHint: RUN_IT, hint: 'Try again, or raise the server\'s timeout in sallyport.yaml.' }),
  'upstream.answer-refused': row({ status: 502, title: 'The MCP server answered with something that cannot be passed on', blame: 'upstream', terminalHint: RUN_IT, hint: 'See the gateway\'s log for the reason; the server needs mending.' }),
  'upstream.credential-repeated': row({ status: 502, title: 'The MCP server\'s answer held a credential of the gateway', blame: 'upstream', hint: 'The answer was withheld; have the server mended, and rotate the credential if others can call the server.' }),
  'upstream.unauthorized': row({ status: 502, title: 'The MCP server refused the gateway\'s own credential', blame: 'operator', hint: 'Check the server\'s headers in sallyport.yaml.' }),

  'audit.unavailable': row({ status: 503, title: 'The audit trail cannot be written', blame: 'operator', hint: 'Free space in the data directory, or see why a receiver of the trail takes nothing; nothing is served unrecorded.' }),
  'house.stopping': row({ status: 503, title: 'The gateway is stopping', blame: 'operator', hint: 'Try again in a moment.' }),
  'house.fault': row({ status: 500, title: 'Internal error', blame: 'house', hint: 'Report the request id to the operator; the log has the cause.' }),
  'client.gone': row({ status: 499, title: 'The client hung up', blame: 'caller', hint: 'Nothing to do: the caller left before the answer.' }),
} as const;

export type ErrorCode = keyof typeof CATALOGUE;

/** The row of a code, with its optional members typed. */
export const rowOf = (code: ErrorCode): ErrorRow => CATALOGUE[code];

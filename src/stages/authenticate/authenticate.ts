import type { ErrorCode } from '../../errors/catalogue.ts';
import { GatewayError } from '../../errors/gateway-error.ts';
import { widen, type Identified, type Shielded } from '../../model/exchange.ts';
import type { CertifiedClient } from '../../model/certificate.ts';
import type { AuthMethod, CredentialPlace, Principal } from '../../model/principal.ts';
import { Secret } from '../../model/secret.ts';
import type { Authenticator, Presented, Proof } from '../../ports/authenticator.ts';
import type { Denials } from '../../ports/denials.ts';
import type { Suspicion } from '../../ports/limiter.ts';
import { joined, readPair } from './both.ts';
import { findCredentials, readCredential, type CredentialPlaces } from './credentials.ts';

export interface AuthenticateOptions extends CredentialPlaces {
  /** Tried in this order; the first that is not `absent` decides. */
  readonly authenticators: readonly Authenticator[];
  /** Why whoever came opens nothing any more, whatever they came with: asked of every one who is proven. */
  readonly against: Denials['againstPerson'];
  /** What opens anything here; keys unless said. */
  readonly opens?: Opens;
  /** Who calls with a certificate and nothing else; absent where certificates are no way in. @throws GatewayError */
  readonly byCertificate?: (client: CertifiedClient) => Principal;
}

/**
 * A certificate that is a way in is a credential, and two are refused (K09), unless the server says that the other one counts. A token may be
 * bound to the certificate, which makes them one: that is seen when it has been verified.
 */
const refuseTwo = ({ certified, route }: Shielded, { place }: Presented): void => {
  if (certified === undefined || route.besideCertificate === true || place === 'bearer' || place === 'dpop') return;
  throw new GatewayError('credential.multiple', { reason: `credentials in: certificate, ${place}` });
};

/** What a bearer came to beside a certificate that is a way in: one credential where the token is bound to the certificate, else two. */
const requireOne = ({ certified, route, principal: { token } }: Identified): void => {
  if (certified === undefined || route.besideCertificate === true || token?.certificate === certified.peer.thumbprint) return;
  throw new GatewayError('credential.multiple', { reason: 'credentials in: certificate, bearer, which is not bound to it' });
};

const BY_CERTIFICATE: CredentialPlace = 'certificate';

type Prove = Authenticator['authenticate'];

type Opens = 'keys' | 'tokens' | 'either' | 'certificates';

/** Whoever comes with nothing, or with what nobody knows, is told of every way that is open. What looks like no token is taken for a key (R16). */
const CODES = {
  keys: { missing: 'credential.missing', unknown: 'credential.invalid' },
  tokens: { missing: 'token.missing', unknown: 'token.invalid' },
  certificates: { missing: 'certificate.missing', unknown: 'credential.invalid' },
  either: { missing: 'credential.either-missing', unknown: 'credential.invalid' },
} as const satisfies Record<Opens, { readonly missing: ErrorCode; readonly unknown: ErrorCode }>;

/** Whoever was disabled is told what anybody is told whose credential opens nothing (K03). */
const DENIED = { 'api-key': 'credential.invalid', oauth: 'token.invalid', mtls: 'certificate.invalid' } as const satisfies Record<AuthMethod, ErrorCode>;

/**
 * Asks each way in turn; `absent` passes on, anything else ends the matter (a bad key never falls through to a cookie). The turns are
 * put together once: no request makes a list of those that are left.
 */
const inTurn = ([first, ...rest]: readonly Authenticator[]): Prove => {
  if (first === undefined) return () => ({ kind: 'absent' });
  const others = inTurn(rest);
  return (shielded, presented) => {
    const judged = first.authenticate(shielded, presented);
    if (judged instanceof Promise) return judged.then((proof) => (proof.kind === 'absent' ? others(shielded, presented) : proof));
    return judged.kind === 'absent' ? others(shielded, presented) : judged;
  };
};

/**
 * Proves who calls. Credentials are read from this request alone, never from its connection or session (RS-6). It answers at
 * once where no way in has to wait for anything.
 * @throws GatewayError `credential.*`, or `limit.guessing` when the address has failed too often
 */
export const buildAuthenticate = (options: AuthenticateOptions, suspicion: Suspicion): ((shielded: Shielded) => Identified | Promise<Identified>) => {
  const prove = inTurn(options.authenticators);
  const codes = CODES[options.opens ?? 'keys'];
  const welcome = (principal: Principal): Principal => {
    const denied = options.against(principal);
    if (denied !== undefined) throw new GatewayError(DENIED[principal.method], { reason: denied });
    return principal;
  };
  const conclude = (shielded: Shielded, presented: Presented, proof: Proof): Identified => {
    if (proof.kind === 'proven') return widen(shielded, { principal: welcome(proof.principal), via: presented.place, credentials: [new Secret(presented.value)] });
    const error = proof.kind === 'rejected' ? proof.error : new GatewayError(codes.unknown, { reason: 'no way in accepts this credential' });
    // Whoever holds a good key in the wrong place or at the wrong time has guessed nothing.
    if (error.code === 'credential.invalid' || error.code === 'token.invalid') suspicion.failed(shielded.address);
    throw error;
  };
  const alone = (identified: Identified): Identified => {
    if (options.byCertificate !== undefined) requireOne(identified);
    return identified;
  };
  const proven = async (shielded: Shielded, presented: Presented, method: AuthMethod): Promise<Identified['principal']> => {
    const { principal } = conclude(shielded, presented, await prove(shielded, presented));
    if (principal.method === method) return principal;
    throw new GatewayError('credential.both-needed', { reason: `what stood in ${presented.place} is another kind of credential than is needed there` });
  };
  const both = async (shielded: Shielded): Promise<Identified> => {
    const { key, token } = readPair(findCredentials(shielded, options));
    // The key first: it costs less to refuse.
    const holder = await proven(shielded, key, 'api-key');
    const principal = joined(holder, await proven(shielded, token, 'oauth'));
    return alone(widen(shielded, { principal, via: token.place, credentials: [new Secret(key.value), new Secret(token.value)] }));
  };
  const { byCertificate } = options;
  const withoutCredential = (shielded: Shielded): Identified => {
    const { certified, certificateRecord } = shielded;
    if (byCertificate === undefined || certificateRecord === undefined) throw new GatewayError(codes.missing, { reason: 'no credential was presented' });
    if (certified === undefined) throw new GatewayError('certificate.invalid', { reason: certificateRecord.flaw ?? 'the certificate is not good' });
    return widen(shielded, { principal: welcome(byCertificate(certified)), via: BY_CERTIFICATE, credentials: [] });
  };
  return (shielded) => {
    if (shielded.route.keyAndToken === true) return both(shielded);
    const presented = readCredential(shielded, options);
    if (presented === undefined) return withoutCredential(shielded);
    if (byCertificate !== undefined) refuseTwo(shielded, presented);
    const judged = prove(shielded, presented);
    return judged instanceof Promise ? judged.then((proof) => alone(conclude(shielded, presented, proof))) : alone(conclude(shielded, presented, judged));
  };
};

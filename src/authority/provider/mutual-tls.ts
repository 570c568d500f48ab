import type { X509Certificate } from 'node:crypto';
import type { Client, Context } from 'oidc-provider';
import { errors } from 'oidc-provider';
import { ProviderRequest } from '../exchange/provider-request.ts';
import type { CertificateNameKind, ShownCertificate } from '../exchange/shown-certificate.ts';
import { notNow } from './not-now.ts';

const KINDS: Readonly<Record<string, CertificateNameKind>> = {
  tls_client_auth_subject_dn: 'subject', tls_client_auth_san_dns: 'dns', tls_client_auth_san_uri: 'uri', tls_client_auth_san_email: 'email', tls_client_auth_san_ip: 'ip',
};

/**
 * Asked only where a client needs one: with a list that has ended it is not told that it is nobody, and its address does not count as one that guesses.
 * @throws what says that it cannot be checked now
 */
const shownBy = (context: Context): ShownCertificate | undefined => {
  const shown = context.req instanceof ProviderRequest ? context.req.certificate : undefined;
  if (shown !== undefined && 'unchecked' in shown) throw notNow(context, { description: 'the client certificate cannot be checked now', detail: shown.unchecked });
  return shown;
};

const SELF_SIGNED = 'self_signed_tls_client_auth';

/** The certificate that counts: a good one, or whichever the client has where just that one was agreed on with it. */
const certificateOf = (context: Context): X509Certificate | undefined => {
  const shown = shownBy(context);
  return shown?.isVerified === true || context.oidc.client?.clientAuthMethod === SELF_SIGNED ? shown?.x509 : undefined;
};

/** The ways to prove a client by its connection. */
export const CERTIFICATE_METHODS = ['tls_client_auth', SELF_SIGNED] as const;

/** What the library is told of client certificates (RFC 8705). */
export const mutualTls = (isOn: boolean): object => {
  if (!isOn) return { enabled: false };
  return {
    enabled: true, certificateBoundAccessTokens: true, tlsClientAuth: true, selfSignedTlsClientAuth: true,
    getCertificate: certificateOf,
    certificateAuthorized: (context: Context) => shownBy(context)?.isVerified === true,
    certificateSubjectMatches(context: Context, property: string, expected: string) {
      const kind = KINDS[property];
      return kind !== undefined && shownBy(context)?.names(kind, expected) === true;
    },
  };
};

/**
 * What a token has to be bound to that is issued by a grant of our own; undefined for a client that did not ask for that.
 * @throws InvalidGrant when there is no certificate
 */
export const bindingOf = (context: Context, client: Client): X509Certificate | undefined => {
  if (client.tlsClientCertificateBoundAccessTokens !== true) return undefined;
  const certificate = certificateOf(context);
  if (certificate === undefined) throw new errors.InvalidGrant('mutual TLS client certificate not provided');
  return certificate;
};

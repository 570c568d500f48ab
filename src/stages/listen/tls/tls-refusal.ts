/** What OpenSSL and Node say of a client's certificate, in words. */
const CERTIFICATES: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'the client certificate, or an issuer of it, has expired',
  CERT_NOT_YET_VALID: 'the client certificate, or an issuer of it, is not good yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the client certificate is signed by nobody but itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'the client certificate is of an issuer that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'the issuer of the client certificate is not trusted here, or was not sent along',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the issuer of the client certificate is not trusted here, or was not sent along',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the issuer of the client certificate is not trusted here, or was not sent along',
  CERT_SIGNATURE_FAILURE: 'the signature of the client certificate is wrong',
  INVALID_PURPOSE: 'the client certificate was not issued for clients',
  INVALID_CA: 'an issuer of the client certificate is no certificate authority',
  PATH_LENGTH_EXCEEDED: 'the client certificate has more issuers between than are allowed',
  CERT_REVOKED: 'the client certificate is revoked',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'the client has shown no certificate',
};

/** What is wrong with a handshake, and what helps. */
const HANDSHAKES: Readonly<Record<string, string>> = {
  ERR_SSL_HTTP_REQUEST: 'the client speaks plain HTTP to a TLS port: let it use https',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the client offers no TLS 1.2 or 1.3',
  ERR_SSL_WRONG_VERSION_NUMBER: 'what the client sends is not TLS',
  ERR_SSL_NO_SHARED_CIPHER: 'the client offers no suite with forward secrecy and authenticated encryption',
  ERR_SSL_NO_APPLICATION_PROTOCOL: 'the client does not offer HTTP/1.1',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'the client did not finish the handshake in time',
};

/** Why no issuer vouches for a certificate, in words. @param code OpenSSL's */
export const certificateFlawText = (code: string): string => CERTIFICATES[code] ?? `the client certificate is not good (${code.slice(0, 64)})`;

/** Why a handshake failed, in words for the record and the log. */
export const handshakeText = (code: string): string => CERTIFICATES[code] ?? HANDSHAKES[code] ?? `the TLS handshake failed (${code.slice(0, 64)})`;

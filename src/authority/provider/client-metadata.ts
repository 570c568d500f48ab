import type { JsonObject } from '../../model/json.ts';
import { COMMAND_LINE_CLIENT, EXCHANGE_GRANT } from '../../model/token/key-exchange.ts';
import type { AgreedClient, CertificateName } from '../rules.ts';

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

/** What a client that people sign in to may do. A refresh token is given whether or not it was asked for (clients.md W5). */
export const PERSON_GRANTS = ['authorization_code', 'refresh_token', DEVICE] as const;

const NAMES = { subject: 'tls_client_auth_subject_dn', dns: 'tls_client_auth_san_dns', uri: 'tls_client_auth_san_uri', email: 'tls_client_auth_san_email', ip: 'tls_client_auth_san_ip' } as const;

/** RFC 8705 §2.1.2, §2.2.2. */
const byCertificate = (certificate: CertificateName): Record<string, unknown> =>
  certificate.kind === 'keys' ? { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: certificate.keys } } : { token_endpoint_auth_method: 'tls_client_auth', [NAMES[certificate.kind]]: certificate.value };

/** How a client proves itself, by what was agreed with it; only here does its secret leave its wrapping. */
const provingOf = ({ secret, keys, certificate }: AgreedClient): Record<string, unknown> => {
  if (certificate !== undefined) return byCertificate(certificate);
  if (keys !== undefined) return { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys } };
  return secret === undefined ? { token_endpoint_auth_method: 'none' } : { token_endpoint_auth_method: 'client_secret_basic', client_secret: secret.reveal() };
};

/** A client of the configuration, as registration would write it (RFC 7591 §2). */
export const metadataOf = (client: AgreedClient): Readonly<Record<string, unknown>> => {
  const { id, name = id, redirectUris, permissions, assertions } = client;
  const forPeople = redirectUris.length > 0;
  return {
    client_id: id,
    client_name: name,
    redirect_uris: redirectUris,
    response_types: forPeople ? ['code'] : [],
    grant_types: [...(forPeople ? PERSON_GRANTS : []), ...(permissions === undefined ? [] : ['client_credentials']), ...(assertions.size === 0 ? [] : ['urn:ietf:params:oauth:grant-type:jwt-bearer'])],
    ...(client.boundToCertificate ? { tls_client_certificate_bound_access_tokens: true } : {}),
    ...provingOf(client),
  };
};

/** The gateway's own command line, which exchanges keys for tokens: public, because whoever has the key may do so by hand. */
export const COMMAND_LINE: Readonly<Record<string, unknown>> = {
  client_id: COMMAND_LINE_CLIENT,
  client_name: 'sallyport token mint',
  redirect_uris: [],
  response_types: [],
  grant_types: [EXCHANGE_GRANT, 'refresh_token'],
  token_endpoint_auth_method: 'none',
};

/** What a registration or a document of a client says where it says nothing; MCP clients are native ones that hold no secret. */
export const CLIENT_DEFAULTS: JsonObject = {
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  id_token_signed_response_alg: 'ES256',
  grant_types: [...PERSON_GRANTS],
  response_types: ['code'],
};

import { OWN_ISSUER, ownIssuerUrl } from '../config/authority/own-issuer.ts';
import { pathsOf, tokenRulesOf } from '../config/issuers/issuers.ts';
import { publicUrlOf, type Origin } from '../config/origins.ts';
import type { Config } from '../config/schema.ts';
import { DPOP_ALGORITHMS } from '../errors/challenge.ts';
import type { TokenRules } from '../model/token/issuer.ts';
import type { JsonObject } from '../model/json.ts';
import type { ProtectedPath } from '../stages/route/metadata.ts';

const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/** What a client must know of the proofs it has to bring (RFC 9728 §2). */
const boundBy = ({ bound }: TokenRules): JsonObject => ({
  ...(bound === 'dpop' ? { dpop_bound_access_tokens_required: true } : {}),
  ...(bound === 'mtls' || bound === 'any-bound' ? { tls_client_certificate_bound_access_tokens: true } : {}),
  ...(bound === 'mtls' ? {} : { dpop_signing_alg_values_supported: DPOP_ALGORITHMS.split(' ') }),
});

const documentOf = (resource: string, server: string, { config, rules }: { readonly config: Config; readonly rules: TokenRules }): JsonObject => {
  const baseline = config.servers[server]?.scopes.baseline ?? [];
  return {
    resource,
    authorization_servers: [...rules.issuers].flatMap((name) => (name === OWN_ISSUER ? ownIssuerUrl(config) : config.issuers[name]?.issuer) ?? []),
    // What nobody configured nobody may ask for: authorization servers refuse scopes they do not know.
    ...(baseline.length === 0 ? {} : { scopes_supported: [...baseline] }),
    bearer_methods_supported: ['header'],
    resource_name: server,
    ...boundBy(rules),
  };
};

/**
 * The protected resource metadata of a listener (RFC 9728): one document for each path of each server that accepts tokens here, each
 * naming that very path as its resource (RS-3). None where tokens open nothing (W1, RS-23).
 */
export const resourceMetadata = (config: Config, origin: Origin): readonly ProtectedPath[] => {
  if (!origin.accept.has('oauth')) return [];
  return [...tokenRulesOf(config)].flatMap(([server, rules]) =>
    pathsOf(config, server).flatMap((path): readonly ProtectedPath[] => {
      const [resource, url] = [publicUrlOf(origin, path), publicUrlOf(origin, `${WELL_KNOWN}${path}`)];
      if (resource === undefined || url === undefined) return [];
      const body = JSON.stringify(documentOf(resource, server, { config, rules }));
      // A client that finds nothing for the path asks for the origin: only a single server can answer that (RFC 9728 §3.1).
      const at = [`${WELL_KNOWN}${path}`, `${WELL_KNOWN}${path}/`, ...(path === '/mcp' ? [WELL_KNOWN] : [])];
      return [{ path, url, at, body, baseline: config.servers[server]?.scopes.baseline ?? [] }];
    }),
  );
};

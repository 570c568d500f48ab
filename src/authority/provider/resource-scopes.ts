import { WHOLE_SCOPE, type AuthorityRules, type Resource } from '../rules.ts';

/** The server that a resource indicator names; clients write it with or without a slash at its end (clients.md W4). */
export const resourceOf = ({ resources }: Pick<AuthorityRules, 'resources'>, indicator: string): { readonly resource: Resource; readonly url: string } | undefined => {
  const plain = indicator.endsWith('/') ? indicator.slice(0, -1) : indicator;
  for (const resource of resources) {
    const url = resource.urls.find((one) => one === indicator || one === plain);
    if (url !== undefined) return { resource, url };
  }
  return undefined;
};

/** What is meant where a client names no resource: the only server there is (clients of 2025-03-26 name none). */
export const onlyResource = ({ resources }: Pick<AuthorityRules, 'resources'>): string | undefined => (resources.length === 1 ? resources[0]?.urls[0] : undefined);

/** The scopes of a text that say something about a server, each once; what says nothing is left out (RFC 6749 §3.3). */
export const scopesFor = (text: string, { server, baseline }: Resource, { isScopeOf }: Pick<AuthorityRules, 'isScopeOf'>): readonly string[] =>
  [...new Set(text.split(' '))].filter((scope) => scope === WHOLE_SCOPE || baseline.includes(scope) || isScopeOf(scope, server));

/** The scopes of a client that asks for none that mean anything here (AS-12). */
export const defaultScopes = ({ baseline }: Resource): readonly string[] => (baseline.length === 0 ? [WHOLE_SCOPE] : baseline);

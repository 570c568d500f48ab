import { stringify } from 'yaml';
import type { Choices } from './choices.ts';

/** Stands where an id has to be written that the provider gives. */
export const CLIENT_ID_TO_WRITE = 'WRITE-THE-CLIENT-ID-HERE';

/** The name of the provider of people, in the file. */
export const providerName = (signIn: string): string => (signIn === 'github' || signIn === 'google' ? signIn : 'company');

/** What the environment calls the provider's client, as other documents have it (R12, R13). */
export const providerVariables = (signIn: string): { readonly id: string; readonly secret: string } => {
  const stem = `MCP_OAUTH_${providerName(signIn).toUpperCase()}_CLIENT`;
  return { id: `${stem}_ID`, secret: `${stem}_SECRET` };
};

/** A value on one line of YAML, quoted where it has to be. */
const inline = (value: unknown): string => stringify(value, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }).trimEnd();

/** A permission, quoted as in every other place. */
const permission = (text: string): string => JSON.stringify(text);

/** The domain that people's addresses are likely to have: what stands behind the first label of a longer host. */
const domainOf = (publicUrl: string | undefined): string => {
  const labels = new URL(publicUrl ?? 'https://mcp.company.com').hostname.split('.');
  return labels.length > 2 && !/^[\d[]/.test(labels.at(-1) ?? '') ? labels.slice(1).join('.') : 'company.com';
};

const server = ({ name, target }: Choices): string => `servers:
  ${inline(name)}:
    ${target.kind === 'url' ? `url: ${inline(target.url)}` : `command: ${inline(target.words)}`}
    # What the server itself needs is a reference and never the secret:
    # ${target.kind === 'url' ? 'headers: { Authorization: "env:UPSTREAM_AUTHORIZATION" }' : 'env: { API_TOKEN: "env:API_TOKEN" }'}
`;

const HEAD = '# Written by "sallyport init". Every setting: docs/config.md. After a change: sallyport check\n';

const solo = (choices: Choices): string => `${HEAD}# For one person: only this machine reaches the gateway, and every call needs a key.
profile: solo

${server(choices)}
# Named sets of permissions, for keys: sallyport keys create --role reader
roles:
  reader: [${['get_*', 'list_*', 'read_*'].map((tools) => permission(`${choices.name}:${tools}`)).join(', ')}]
`;

const provider = (choices: Choices, clientId: string): string => {
  const { signIn = 'github' } = choices;
  const kind = signIn === 'github' || signIn === 'google' ? `kind: ${signIn}` : `kind: oidc\n    issuer: ${inline(signIn)}`;
  return `signIn:
  ${providerName(signIn)}:
    ${kind}
    clientId: ${inline(clientId)}
    clientSecret: env:${providerVariables(signIn).secret}
    # Who may sign in: whoever has a verified address there, or is in one of these groups.
    allow: { emailDomains: [${inline(domainOf(choices.publicUrl))}] }
    # What everybody may do who does; "roles" beside it gives more by group.
    everyone: [member]
`;
};

const team = (choices: Choices, clientId: string): string => `${HEAD}# For a team: people sign in with an account they have. A proxy with the certificate stands in front, or "listen.tls" (docs/mtls.md).
profile: team

# What clients use; never guessed from a request.
publicUrl: ${inline(choices.publicUrl)}

# The gateway is the authorization server that MCP clients look for.
authority:
  enabled: true

${provider(choices, clientId)}
${server(choices)}
roles:
  member: [${permission(`${choices.name}:*`)}]

# Programs have keys, on a port of their own.
listeners:
  - { port: 3211, accept: [api-key] }
`;

const regulated = (choices: Choices): string => `${HEAD}# For automation: whoever connects has a certificate, and is whom it names.
profile: regulated

publicUrl: ${inline(choices.publicUrl)}

listen:
  host: 0.0.0.0
  port: 3443
  public: true
  accept: [mtls]
  tls:
    cert: certs/server.crt
    key: certs/server.key
    ca: ${inline(choices.ca)}

certificates:
  # Without a word about it a client is called by the common name of its certificate.
  everyone: [caller]

${server(choices)}
roles:
  caller: [${permission(`${choices.name}:*`)}]
`;

/** The text of a configuration that a person will go on with. */
export const configurationFor = (choices: Choices, clientId: string = CLIENT_ID_TO_WRITE): string => {
  if (choices.profile === 'solo') return solo(choices);
  return choices.profile === 'team' ? team(choices, clientId) : regulated(choices);
};

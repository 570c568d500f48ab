import { IssuerKeys } from '../../stages/authenticate/issuer/issuer-keys.ts';
import { TokenFlaw } from '../../stages/authenticate/token/flaw.ts';
import { audienceOf, confirmationOf, judgeKind, judgeTimes } from '../../stages/authenticate/token/judge-claims.ts';
import { readJws } from '../../stages/authenticate/token/read-jws.ts';
import { factsOf, principalOf } from '../../stages/authenticate/token/token-principal.ts';
import { judgeHeader, verifyJwt } from '../../stages/authenticate/token/verify-jwt.ts';
import { rightsOf } from '../../config/rights.ts';
import { tokenRulesOf } from '../../config/issuers/issuers.ts';
import { readIssuerJson } from './issuer-json.ts';
import type { Config } from '../../config/schema.ts';
import type { Issuer } from '../../model/token/issuer.ts';
import type { World } from '../../ports/world.ts';
import type { Step } from './inspect-issuer.ts';

export type TokenNeeds = Pick<World, 'clock' | 'log' | 'network'>;

/** One thing that is judged, with the clause that asks for it. */
interface Judged {
  readonly what: string;
  readonly clause: string;
  /** What is good about it, in words; it throws a TokenFlaw when it is not. */
  readonly judge: () => string | Promise<string>;
}

const stepOf = async ({ what, clause, judge }: Judged): Promise<Step> => {
  try {
    return { what, clause, outcome: 'good', says: await judge() };
  } catch (error) {
    if (!(error instanceof TokenFlaw)) throw error;
    return { what, clause, outcome: 'bad', says: error.message };
  }
};

const servedBy = (config: Config, issuer: Issuer, audience: readonly string[]): string => {
  const rules = [...tokenRulesOf(config)].filter(([, own]) => own.issuers.has(issuer.name));
  const open = rules.filter(([, own]) => audience.some((one) => own.audience.has(one)));
  if (open.length > 0) return `opens ${open.map(([server]) => server).join(', ')}`;
  throw new TokenFlaw(`is for ${audience.join(', ')}, and the servers are ${rules.map(([server, own]) => `${server} (${[...own.audience].join(', ')})`).join('; ')}`);
};

/** Walks through one token as a request would, but goes no further than the first thing that is wrong. */
export const inspectToken = async (text: string, { issuer, config, needs }: { readonly issuer: Issuer; readonly config: Config; readonly needs: TokenNeeds }): Promise<readonly Step[]> => {
  const keys = new IssuerKeys(issuer, { ...needs, readJson: readIssuerJson });
  try {
    const read = () => readJws(text, readIssuerJson);
    const proven = () => verifyJwt(text, { byIssuer: new Map([[issuer.issuer, { issuer, keys }]]), readJson: readIssuerJson, clock: needs.clock });
    const walk: readonly Judged[] = [
      { what: 'form', clause: 'RFC 7515 §5.2, RFC 8725 §3', judge: () => `signed, ${String(text.length)} characters, kid ${read().keyId ?? 'none'}` },
      { what: 'issuer', clause: 'RFC 9068 §4, RFC 8725 §3.8', judge: () => issuerIn(read().payload['iss'], issuer) },
      { what: 'algorithm and type', clause: 'RFC 8725 §3.1, §3.11', judge: () => headerIn(read(), issuer) },
      { what: 'kind', clause: 'RFC 9068 §4, RFC 8725 §3.12', judge: () => kindIn(read().payload, issuer) },
      { what: 'times', clause: 'RFC 7519 §4.1.4 to §4.1.6', judge: () => timesIn(read().payload, issuer, needs.clock.nowMs()) },
      { what: 'signature', clause: 'RFC 7515 §5.2, RFC 7517 §4.5', judge: async () => `good, by a key of ${(await proven()).issuer.name}` },
      { what: 'recipient', clause: 'RFC 8707 §2, RFC 7519 §4.1.3', judge: () => servedBy(config, issuer, audienceOf(read().payload, issuer.profile)) },
      { what: 'binding', clause: 'RFC 9449 §6, RFC 8705 §3', judge: () => boundIn(confirmationOf(read().payload)) },
      { what: 'person', clause: 'RFC 9068 §2.2', judge: async () => personIn(principalOf(await proven(), factsOf(await proven(), ''), rightsOf(config))) },
    ];
    const steps: Step[] = [];
    for (const judged of walk) {
      const step = await stepOf(judged);
      steps.push(step);
      if (step.outcome === 'bad') break;
    }
    return steps;
  } finally {
    keys.close();
  }
};

const issuerIn = (iss: unknown, { issuer }: Issuer): string => {
  if (iss === issuer) return issuer;
  throw new TokenFlaw(`says ${String(JSON.stringify(iss)).slice(0, 200)}, and the configuration "${issuer}": they must be the same, byte for byte`);
};

const headerIn = (jws: ReturnType<typeof readJws>, issuer: Issuer): string => {
  judgeHeader(jws, issuer);
  return `${jws.algorithm}, ${jws.type === '' ? 'no typ' : jws.type}`;
};

const kindIn = (payload: Parameters<typeof judgeKind>[0], issuer: Issuer): string => {
  judgeKind(payload, issuer);
  return `an access token by the profile ${issuer.profile.name}`;
};

const timesIn = (payload: Parameters<typeof judgeTimes>[0], issuer: Issuer, nowMs: number): string => {
  if (payload['exp'] === undefined) throw new TokenFlaw('has no exp');
  const { expiresAtMs } = judgeTimes(payload, issuer, nowMs);
  return `good until ${new Date(expiresAtMs ?? 0).toISOString()}`;
};

const boundIn = (confirmation: ReturnType<typeof confirmationOf>): string => {
  if (confirmation === undefined) return 'a bearer token';
  return confirmation.jkt === undefined ? 'bound to a client certificate' : 'bound to a key: it needs a DPoP proof';
};

const personIn = ({ subject, groups, roles, permissions, clientId }: ReturnType<typeof principalOf>): string => {
  const listed = (what: string, list: readonly string[]): string => `${what} ${list.length === 0 ? 'none' : list.join(', ')}`;
  return [subject, `client ${clientId ?? 'none'}`, listed('groups', groups), listed('roles', roles), listed('permissions', permissions.texts())].join('; ');
};

import { issuersOf, tokenRulesOf } from '../config/issuers.ts';
import { rightsOf } from '../config/rights.ts';
import { buildAccessToken } from '../stages/authenticate/token/access-token.ts';
import { buildProveHolder } from '../stages/authenticate/proof/prove-holder.ts';
import { verifyJwt } from '../stages/authenticate/token/verify-jwt.ts';
import { readIssuerJson } from './issuer-json.ts';
import type { Config } from '../config/schema.ts';
import type { Authenticator } from '../ports/authenticator.ts';
import type { Base } from './base.ts';

/** Whether a text can only be a token: none of our keys has a dot in it. */
const isDotted = (value: string): boolean => value.includes('.');

/** The ways in by access tokens; none where no issuer is configured. */
export const tokensOf = (base: Pick<Base, 'world' | 'environment' | 'issuers' | 'denials'>, config: Config): readonly Authenticator[] => {
  const issuers = issuersOf(config, base.environment);
  const keys = base.issuers.follow(issuers);
  if (issuers.length === 0) return [];
  const { clock } = base.world;
  const byIssuer = new Map(issuers.flatMap((issuer) => {
    const its = keys.get(issuer.name);
    return its === undefined ? [] : [[issuer.issuer, { issuer, keys: its }] as const];
  }));
  const needs = { rules: tokenRulesOf(config), rights: rightsOf(config), denials: base.denials, clock, proveHolder: buildProveHolder() };
  return [buildAccessToken({ ...needs, reads: isDotted, verify: (value) => verifyJwt(value, { byIssuer, readJson: readIssuerJson, clock }) })];
};

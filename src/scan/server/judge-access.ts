import { counted } from '../../model/counted.ts';
import type { AccessFacts, Remark } from './remark.ts';

const GUARD = 'put a gateway before it ("sallyport run URL"), and let nobody reach it but through that';

const openTools = ({ tools = 0, isLocal }: AccessFacts): Remark => ({
  rule: 'open-server',
  what: `the server tells anybody its ${counted(tools, 'tool')}, without a credential`,
  // On this machine that is how many servers are meant to run; other programs and pages in a browser reach it all the same.
  certainty: isLocal ? 'likely' : 'certain',
  place: 'access',
  next: GUARD,
});

const refusal = ({ status, challenge, fault }: AccessFacts): readonly Remark[] => {
  const next = '"sallyport doctor URL" goes the way of a client, and says who can mend what';
  if (status === 401 && challenge === undefined) return [{ rule: 'no-challenge', what: 'the 401 has no WWW-Authenticate, so that no client knows how to sign in (RFC 9110 §15.5.2)', certainty: 'certain', place: 'access', next }];
  return fault === undefined ? [] : [{ rule: 'sign-in', what: `${fault.what} (${fault.clause})`, certainty: 'likely', place: 'access', next }];
};

/** What is wrong with who may do what at a server (MCP authorization; RFC 9728; R85). */
export const judgeAccess = (facts: AccessFacts): readonly Remark[] => [
  ...(facts.url.protocol === 'http:' && !facts.isLocal ? [{ rule: 'plain-http', what: 'calls, answers and credentials can be read and changed on the way', certainty: 'certain' as const, place: 'tls', next: 'serve it over https:// alone' }] : []),
  ...(facts.tools === undefined ? refusal(facts) : [openTools(facts)]),
  ...facts.inQuery.map((name) => ({ rule: 'token-in-query', what: `what stands in the query as ${name} is read as a credential, and queries stand in logs and histories (RFC 6750 §5.3)`, certainty: 'likely' as const, place: 'access', next: 'take credentials in the header Authorization alone' })),
  ...(facts.saysQuery ? [{ rule: 'token-in-query', what: 'its metadata says that tokens may stand in the query (bearer_methods_supported), which MCP forbids', certainty: 'certain' as const, place: 'access', next: 'take "query" out, and refuse such tokens' }] : []),
];

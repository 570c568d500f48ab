import type { CertificateFacts, CertifiedClient } from '../../../model/certificate.ts';
import { compileTemplate, type TemplateKind } from '../../../model/name-template.ts';
import { CertificateFlaw } from './certificate-flaw.ts';

/** How a certificate names its client. */
export interface IdentityRule {
  readonly kind: TemplateKind;
  readonly like: string;
  readonly as: string;
  readonly roles: readonly string[];
  /** Whether it is of those who may name clients in this way; all that the listener trusts unless given. */
  readonly isUnder?: (client: CertifiedClient) => boolean;
}

/** Who a certificate says its holder is. */
export interface NamedClient {
  readonly subject: string;
  readonly roles: readonly string[];
}

const VALUES: Readonly<Record<TemplateKind, (facts: CertificateFacts) => readonly string[]>> = {
  cn: ({ commonName }) => (commonName === undefined ? [] : [commonName]),
  dns: ({ dns }) => dns,
  uri: ({ uris }) => uris,
  email: ({ emails }) => emails,
};

const MOST_CHARACTERS = 200;

/**
 * Compiles how clients are named. Just one rule must fit just one value: a certificate that could be two clients is neither (X03).
 * @param reserved beginnings of names that are given out by others, such as `corp:` of the issuer `corp`
 */
export const buildIdentify = (rules: readonly IdentityRule[], reserved: readonly string[]): ((client: CertifiedClient) => NamedClient) => {
  const compiled = rules.map(({ kind, like, as, roles, isUnder = () => true }) => ({ values: VALUES[kind], name: compileTemplate(kind, like, as), roles, isUnder }));
  return (client) => {
    const { facts } = client;
    if (facts.ambiguous !== undefined) throw new CertificateFlaw(facts.ambiguous);
    const found = compiled.flatMap(({ values, name, roles, isUnder }) => values(facts).flatMap((value) => {
      const subject = name(value);
      return subject === undefined || !isUnder(client) ? [] : [{ subject, roles }];
    }));
    const [only, ...more] = found;
    if (only === undefined) throw new CertificateFlaw('it names nobody in a way that certificates.identities has');
    if (more.length > 0) throw new CertificateFlaw(`it names several: ${found.map(({ subject }) => subject).join(', ').slice(0, MOST_CHARACTERS)}`);
    if (only.subject.length > MOST_CHARACTERS || reserved.some((beginning) => only.subject.startsWith(beginning))) throw new CertificateFlaw('it names its holder as somebody whom an issuer of tokens names');
    return only;
  };
};

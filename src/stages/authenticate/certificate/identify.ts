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

/** A value of a certificate that a rule fits. */
export interface NameFound extends NamedClient {
  /** Which rule, by its place. */
  readonly rule: number;
  readonly value: string;
}

/** Compiles how names are found: all that fit, so that whoever asks can see what is ambiguous. */
export const buildNamesOf = (rules: readonly IdentityRule[]): ((client: CertifiedClient) => readonly NameFound[]) => {
  const compiled = rules.map(({ kind, like, as, roles, isUnder = () => true }, rule) => ({ rule, values: VALUES[kind], name: compileTemplate(kind, like, as), roles, isUnder }));
  return (client) => compiled.flatMap(({ rule, values, name, roles, isUnder }) => values(client.facts).flatMap((value) => {
    const subject = name(value);
    return subject === undefined || !isUnder(client) ? [] : [{ rule, value, subject, roles }];
  }));
};

const MOST_CHARACTERS = 200;

/**
 * Compiles how clients are named. Just one rule must fit just one value: a certificate that could be two clients is neither (X03).
 * @param reserved beginnings of names that are given out by others, such as `corp:` of the issuer `corp`
 */
export const buildIdentify = (rules: readonly IdentityRule[], reserved: readonly string[]): ((client: CertifiedClient) => NamedClient) => {
  const namesOf = buildNamesOf(rules);
  return (client) => {
    if (client.facts.ambiguous !== undefined) throw new CertificateFlaw(client.facts.ambiguous);
    const found = namesOf(client);
    const [only, ...more] = found;
    if (only === undefined) throw new CertificateFlaw('it names nobody in a way that certificates.identities has');
    if (more.length > 0) throw new CertificateFlaw(`it names several: ${found.map(({ subject }) => subject).join(', ').slice(0, MOST_CHARACTERS)}`);
    if (only.subject.length > MOST_CHARACTERS || reserved.some((beginning) => only.subject.startsWith(beginning))) throw new CertificateFlaw('it names its holder as somebody whom an issuer of tokens names');
    return only;
  };
};

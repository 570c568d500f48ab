import type { AttributeTypeAndValue, GeneralName, Name } from '@peculiar/asn1-x509';
import type { NameAttribute } from '../../../model/distinguished-name.ts';
import { CertificateFlaw } from './certificate-flaw.ts';
import { readText, shownText } from './read-text.ts';

const COMMON_NAME = '2.5.4.3';
const ORGANIZATION = '2.5.4.10';
const UNIT = '2.5.4.11';
/** How people call the attributes of a name. */
const SHORT: Readonly<Record<string, string>> = { [COMMON_NAME]: 'CN', [ORGANIZATION]: 'O', [UNIT]: 'OU', '2.5.4.6': 'C', '2.5.4.7': 'L', '2.5.4.8': 'ST', '2.5.4.5': 'serialNumber', '0.9.2342.19200300.100.1.1': 'UID', '0.9.2342.19200300.100.1.25': 'DC', '1.2.840.113549.1.9.1': 'emailAddress' };

const attributesOf = (name: Name): readonly AttributeTypeAndValue[] => [...name].flatMap((rdn) => [...rdn]);

/** A name as people write it, each special sign escaped (RFC 4514 §2.4). Shown, never compared. */
export const shownName = (name: Name): string => attributesOf(name).map((attribute) => `${SHORT[attribute.type] ?? attribute.type}=${shownText(attribute)}`).join(', ').slice(0, 500);

interface SubjectNames {
  readonly commonName: string | undefined;
  readonly organizations: readonly string[];
  readonly units: readonly string[];
}

/**
 * Who the subject is. Two common names, or two attributes in one place, are somebody different to each reader (X03, CVE-2026-22747).
 * @throws CertificateFlaw
 */
export const readSubject = (name: Name, der: Buffer): SubjectNames => {
  if ([...name].some((rdn) => rdn.length !== 1)) throw new CertificateFlaw('its subject has several attributes in one place');
  const textsOf = (type: string): readonly string[] => attributesOf(name).flatMap((attribute) => (attribute.type === type ? [readText(attribute, der)] : []));
  const [commonName, ...more] = textsOf(COMMON_NAME);
  if (more.length > 0) throw new CertificateFlaw('its subject has two common names');
  return { commonName, organizations: textsOf(ORGANIZATION), units: textsOf(UNIT) };
};

/** All that a subject is called. @throws CertificateFlaw when an attribute could be read in two ways */
export const readDistinguished = (name: Name, der: Buffer): readonly NameAttribute[] => attributesOf(name).map((attribute) => [attribute.type, readText(attribute, der)]);

/** Lower-case labels without a wildcard: a certificate names one client (RFC 5280 §4.2.1.6, RFC 9525 §2). */
const DNS = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;
const EMAIL = /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z0-9-]{1,63}$/;
/** An absolute URI without a user, a query, a fragment, an escape or a dot segment. */
const ABSOLUTE_URI = /^[a-z][a-z0-9+.-]*:(?!.*\/\.{1,2}(?:\/|$))[A-Za-z0-9._~!$&'()*+,;=:/-]{1,2000}$/;
/** RFC of SPIFFE: a trust domain in lower case, path segments of a small alphabet, no port, nothing empty. */
const SPIFFE = /^spiffe:\/\/[a-z0-9._-]{1,255}(?:\/[A-Za-z0-9._-]+)*$/;

const FORMS = [
  ['dNSName', DNS, 'DNS name'],
  ['rfc822Name', EMAIL, 'mail address'],
  ['uniformResourceIdentifier', ABSOLUTE_URI, 'URI'],
] as const;

const readAll = (names: readonly GeneralName[], [member, form, what]: (typeof FORMS)[number]): readonly string[] => {
  const values = names.flatMap((name) => name[member] ?? []);
  const odd = values.find((value) => !form.test(value));
  if (odd !== undefined) throw new CertificateFlaw(`it has a ${what} that could be read in several ways`);
  return values;
};

interface AltNames {
  readonly dns: readonly string[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
}

/** The alternative names that can name somebody. @throws CertificateFlaw */
export const readAltNames = (names: readonly GeneralName[]): AltNames => {
  const [dns, emails, uris] = [readAll(names, FORMS[0]), readAll(names, FORMS[1]), readAll(names, FORMS[2])];
  const workloads = uris.filter((uri) => uri.toLowerCase().startsWith('spiffe:'));
  // X.509-SVID §2: one URI and no other.
  if (workloads.length > 0 && uris.length > 1) throw new CertificateFlaw('it has a SPIFFE id and another URI besides');
  if (workloads.some((uri) => !SPIFFE.test(uri))) throw new CertificateFlaw('it has a SPIFFE id that is none');
  return { dns, emails, uris };
};

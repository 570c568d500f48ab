import { z } from 'zod';
import { durationMs } from '../../model/duration.ts';
import { TEMPLATE_KINDS, templateFault } from '../../model/name-template.ts';
import { name } from '../policy/policy-schema.ts';

const file = z.string().min(1).max(4_096);

const template = z.string().min(1).max(500);

const shape = z.strictObject({
  cn: template.optional().describe('The common name of the subject.'),
  dns: template.optional().describe('A DNS name among the alternative names.'),
  uri: template.optional().describe('A URI among them, such as a SPIFFE id: `spiffe://acme/ns/{ns}/sa/{sa}`.'),
  email: template.optional().describe('A mail address among them.'),
  as: template.optional().describe('What the client is called, with the same placeholders, such as `service:{ns}/{sa}`; as it stands there unless given.'),
  roles: z.array(name).prefault([]).describe('Roles of those who are named in this way.'),
  ca: z.union([file.transform((one): readonly string[] => [one]), z.array(file).min(1)]).optional().describe('Files with the certificates of those who may name clients in this way, among those under `tls.ca`; all of them unless given.'),
});

type Shape = z.infer<typeof shape>;

/** The one kind that an entry is about. */
export const kindOf = (entry: Shape): (typeof TEMPLATE_KINDS)[number] | undefined => {
  const [only, ...more] = TEMPLATE_KINDS.filter((kind) => entry[kind] !== undefined);
  return more.length === 0 ? only : undefined;
};

const identity = shape.superRefine((entry, context) => {
  const kind = kindOf(entry);
  const like = kind === undefined ? undefined : entry[kind];
  if (kind === undefined || like === undefined) {
    context.addIssue({ code: 'custom', path: [], message: 'names by none or by several of cn, dns, uri and email: write one, and another entry for another' });
    return;
  }
  const fault = templateFault(kind, like, entry.as ?? like);
  if (fault !== undefined) context.addIssue({ code: 'custom', path: [entry.as === undefined ? kind : 'as'], message: fault });
});

const revocation = z.strictObject({
  lists: z.union([file.transform((one): readonly string[] => [one]), z.array(file).min(1)]).optional().describe('Files with lists of revoked certificates (CRL), in PEM or DER; they are taken up while the gateway runs.'),
  fetch: z.boolean().prefault(false).describe('Whether lists are fetched from where certificates say they are (CRL distribution points). What is not https on the public internet must be named in `fetch.allow`.'),
  ocsp: z.boolean().prefault(false).describe('Whether the responders are asked that certificates name (OCSP), under the same condition.'),
  unknown: z.enum(['refuse', 'accept']).prefault('refuse').describe('What becomes of a certificate of which nothing current is known: it is refused with 503, or accepted. It matters where lists are named or fetched, or responders asked.'),
});

const renewal = z.strictObject({
  authority: file.describe('The folder of the authority, as `sallyport pki init` or `import` makes it: with its key.'),
  for: z.string().refine((text) => (durationMs(text) ?? 0) > 0, 'is no duration: write one such as 24h or 7d').prefault('24h').describe('How long a renewed certificate is good.'),
});

/** Who the holders of client certificates are. */
export const certificatesSchema = z.strictObject({
  identities: z.array(identity).min(1).optional().describe('How a certificate names its client; just one of these must fit. Without any it is the common name.'),
  roles: z.record(z.string().min(1).max(200), z.array(name)).prefault({}).describe('Roles by an organizational unit of the subject.'),
  everyone: z.array(name).prefault([]).describe('Roles of everybody with a good certificate.'),
  revocation: revocation.prefault({}),
  renewal: renewal.optional().describe('Lets clients renew certificates of an authority of yours over those that are still good, at `POST /certificates/renew`. The key of the authority is then on this machine.'),
});

export type CertificatesConfig = z.infer<typeof certificatesSchema>;

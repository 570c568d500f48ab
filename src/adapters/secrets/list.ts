import { isJsonObject } from '../../model/json.ts';
import type { SecretBackend } from '../../ports/secret-backend.ts';

/** What a name in a manager may be made of. It never begins with a dash: the program would take it for one of its flags. */
const NAME = /^(?!-)[\w./@:+= -]+$/;

const plain = (name: string): boolean => NAME.test(name);

/** `name#part`. */
const split = (reference: string): readonly [name: string, part: string | undefined] => {
  const at = reference.indexOf('#');
  return at < 0 ? [reference, undefined] : [reference.slice(0, at), reference.slice(at + 1)];
};

const member = (printed: string, name: string): string | undefined => {
  try {
    const value: unknown = JSON.parse(printed);
    const found = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    return typeof found === 'string' ? found : undefined;
  } catch {
    return undefined;
  }
};

const VAULT_FORM = 'write the path and the field, such as vault:kv/mcp/crm#token';

const vault: SecretBackend = {
  scheme: 'vault',
  example: 'vault:kv/mcp/crm#token',
  asks: 'HashiCorp Vault or OpenBao by `vault`, for a field of a secret',
  variables: ['VAULT_'],
  commandFor(reference) {
    const [path, field = ''] = split(reference);
    return plain(path) && plain(field) ? ['vault', 'kv', 'get', `-field=${field}`, path] : VAULT_FORM;
  },
  // Of a secret that is there already; its other fields stay.
  storeCommandFor(reference) {
    const [path, field = ''] = split(reference);
    return plain(path) && /^[\w.-]+$/.test(field) ? ['vault', 'kv', 'patch', path, `${field}=-`] : VAULT_FORM;
  },
};

const onePassword: SecretBackend = {
  scheme: 'op',
  example: 'op://Team/CRM/token',
  asks: '1Password by `op`, for a field of an item',
  variables: ['OP_'],
  commandFor: (reference) => (plain(reference) && reference.startsWith('//') ? ['op', 'read', '--no-newline', `op:${reference}`] : 'write vault, item and field, such as op://Team/CRM/token'),
};

const awsSecrets: SecretBackend = {
  scheme: 'aws-sm',
  example: 'aws-sm:prod/crm#token',
  asks: 'AWS Secrets Manager by `aws`, for a secret by name or ARN, or for one member of it',
  variables: ['AWS_'],
  commandFor(reference) {
    const [name, part = 'x'] = split(reference);
    if (!plain(name) || !plain(part)) return 'write the name or ARN, and #member where the secret is JSON, such as aws-sm:prod/crm#token';
    return ['aws', 'secretsmanager', 'get-secret-value', '--secret-id', name, '--query', 'SecretString', '--output', 'text'];
  },
  storeCommandFor(reference) {
    if (!plain(reference)) return 'write the name or ARN of a whole secret, such as aws-sm:prod/crm: one member of a JSON cannot be written alone';
    return ['aws', 'secretsmanager', 'put-secret-value', '--secret-id', reference, '--secret-string', 'file:///dev/stdin'];
  },
  pick(printed, reference) {
    const [, part] = split(reference);
    return part === undefined ? printed : member(printed, part);
  },
};

/** The keychain of macOS, and the secret service of a Linux desktop. */
const keychain: SecretBackend = {
  scheme: 'keychain',
  example: 'keychain:sallyport-crm',
  asks: 'the keychain of macOS by `security`, or the secret service of a Linux desktop by `secret-tool`, for the entry of a service',
  variables: ['DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR'],
  commandFor(reference) {
    if (!plain(reference)) return 'write the name of the service, such as keychain:sallyport-crm';
    return process.platform === 'darwin' ? ['security', 'find-generic-password', '-s', reference, '-w'] : ['secret-tool', 'lookup', 'service', reference];
  },
  storeCommandFor(reference) {
    if (process.platform === 'darwin') return 'the keychain of macOS takes a secret as an argument only, which every process could see';
    return plain(reference) ? ['secret-tool', 'store', `--label=${reference}`, 'service', reference] : 'write the name of the service, such as keychain:sallyport-crm';
  },
};

const pass: SecretBackend = {
  scheme: 'pass',
  example: 'pass:mcp/crm',
  asks: '`pass`, for the first line of an entry',
  variables: ['PASSWORD_STORE_', 'GNUPGHOME', 'GPG_', 'XDG_RUNTIME_DIR'],
  commandFor: (reference) => (plain(reference) ? ['pass', 'show', reference] : 'write the name of the entry, such as pass:mcp/crm'),
  storeCommandFor: (reference) => (plain(reference) ? ['pass', 'insert', '--multiline', '--force', reference] : 'write the name of the entry, such as pass:mcp/crm'),
  // By its own convention the first line is the password.
  pick: (printed) => printed.split('\n')[0],
};

const programIn = (reference: string): readonly [string, ...string[]] | string => {
  const [program = '', ...args] = reference.split(' ').filter((word) => word !== '');
  return /^(?:\/|[A-Za-z]:[\\/])/.test(program) ? [program, ...args] : 'write the whole path of a program and its arguments, without quotes, such as exec:/usr/local/bin/get-secret crm';
};

/** Any other manager, by a program of the operator's. */
const exec: SecretBackend = {
  scheme: 'exec',
  example: 'exec:/usr/local/bin/get-secret crm',
  asks: 'a program of yours, by its whole path and arguments without quotes, for all it prints',
  variables: [],
  commandFor: programIn,
  storeCommandFor: programIn,
};

/** Every secret manager that a reference may name (D8, R38). To add one: one entry. */
export const secretBackends: readonly SecretBackend[] = [vault, onePassword, awsSecrets, keychain, pass, exec];

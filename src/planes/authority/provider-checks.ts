import { deny } from '../../admin/deny.ts';
import { ProviderChecks } from '../../authority/login/provider-checks.ts';
import { readmit } from '../../authority/login/provision.ts';
import type { Config } from '../../config/schema.ts';
import { AUDIT_SCHEMA, type AuditEvent } from '../../model/audit-event.ts';
import { personAccount, personIdIn } from '../../model/account.ts';
import type { KnownPerson } from '../../model/known-person.ts';
import { redactStart } from '../../model/redaction.ts';
import { providerAsDenier } from '../../model/token/denial.ts';
import { buildRequestId } from '../../stages/listen/request-id.ts';
import type { Base } from '../base.ts';
import type { SignInWay } from '../identity-providers.ts';
import { buildEndSignIns } from './sign-out.ts';

const NOBODYS = { issuer: '', maxLifetimeMs: 0 };
const ENDED = 'the identity provider ended it';

type Outcome = Pick<AuditEvent, 'decision'> & Partial<AuditEvent>;

/** Puts on record what a provider has said, or not, while nobody had asked for anything: there is no request whose record could say it. */
const recorderOf = ({ world, sink, observe }: Base) => {
  const nextId = buildRequestId(world);
  return ({ provider, called }: KnownPerson, outcome: Outcome): void => {
    const event: AuditEvent = { v: AUDIT_SCHEMA, type: 'call', id: nextId(), at: new Date(world.clock.nowMs()).toISOString(), who: providerAsDenier(provider), name: provider, method: 'oauth', address: 'gateway', call: 'provider/check', target: redactStart(called, 256), ...outcome };
    observe(event);
    sink.write(event).catch((error: unknown) => world.log.error('the audit trail cannot be written', { error }));
  };
};

/** Somebody whom their provider has refused has nothing here any more, until it lets them sign in again. What somebody else has denied stays as it is. */
const enderOf = (config: Config, base: Base, record: ReturnType<typeof recorderOf>) => {
  const { store, world } = base;
  const endSignIns = buildEndSignIns(config, base);
  return (person: KnownPerson, said: string): void => {
    const by = providerAsDenier(person.provider);
    const { denials } = store.transaction(() => {
      endSignIns(personAccount(person.id), { by, reason: ENDED });
      return deny([...new Set([person.own, person.called])].map((value) => ({ level: 'person', issuer: NOBODYS, value, reason: ENDED })), { store, world }, { name: by });
    });
    world.log.warn('an identity provider has refused to refresh: all that this person has is ended', { provider: person.provider, person: person.called, said });
    record(person, { decision: 'allow', changed: { count: denials.length, ids: denials.map(({ id }) => id) }, reason: `${ENDED}: it said ${redactStart(said, 64)}` });
  };
};

/** Whether the people who are signed in here are still at the providers by which they came. @param ways the providers of this configuration */
export const buildProviderChecks = (config: Config, base: Base, ways: ReadonlyMap<string, SignInWay>): ProviderChecks => {
  const { store, sealing, world: { clock, log } } = base;
  const record = recorderOf(base);
  return new ProviderChecks({
    clock, log, sealing, failures: base.failures, tokens: store.providerTokens, accountOf: personAccount,
    providers: new Map([...ways].map(([name, { provider, rules }]) => [name, { provider, everyMs: rules.recheckMs }])),
    personOf: (account) => store.people.get(personIdIn(account) ?? ''),
    readmit(person, identity) {
      const rules = ways.get(person.provider)?.rules.admission;
      return rules === undefined || readmit(person, identity, { rules, store, directoryOf: config.directory?.provider });
    },
    end: enderOf(config, base, record),
    failing(person, error) {
      log.warn('an identity provider cannot be asked whether people are still there: nobody is logged out for that, and it is asked again', { provider: person.provider, reason: error.circumstances.reason });
      record(person, { decision: 'error', code: error.code, reason: redactStart(error.circumstances.reason, 512) });
    },
  });
};

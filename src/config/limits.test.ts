import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ConfigError } from './config-error.ts';
import { parseConfig } from './parse-config.ts';

const parse = (limits: string, servers = 'crm: { url: "http://localhost:1/mcp" }') => parseConfig(`servers: { ${servers} }\nroles: { reader: ["crm:get_*"] }\nlimits: ${limits}\n`, 'sallyport.yaml');

const faultOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return assert.fail('nothing was refused');
};

suite('The limits of a configuration', () => {
  test('may be of everything that can be limited, in part or whole', () => {
    const { limits } = parse('{ gateway: { inFlight: 9 }, server: { perDay: 5 }, servers: { crm: { perMonth: 3 } }, owner: { perSecond: 0.5 }, owners: { "a@b.c": { perDay: 1 } }, role: { perDay: 2 }, roles: { reader: { inFlight: 1 } }, tool: { perSecond: 1, burst: 2 }, tools: { "crm:delete_*": { perDay: 1 } }, toolPerKey: { perDay: 4 }, key: { perDay: 7 } }');
    assert.deepEqual([limits.gateway, limits.servers['crm'], limits.roles['reader'], limits.key], [{ inFlight: 9 }, { perMonth: 3 }, { inFlight: 1 }, { perDay: 7 }]);
  });

  const refused: Readonly<Record<string, RegExp>> = {
    '{ servers: { crn: { perDay: 1 } } }': /limits\.servers\.crn: is not a server of this file; there is crm/,
    '{ roles: { readers: { perDay: 1 } } }': /limits\.roles\.readers: is not a role of this file; there is reader/,
    '{ tools: { delete_customer: { perDay: 1 } } }': /write server:tool/,
    '{ owner: { perDya: 1 } }': /limits\.owner\.perDya: is not a setting; did you mean perDay\?/,
    '{ key: { burst: 5 } }': /limits\.key\.burst: has a burst and no perSecond/,
    '{ gateway: { perDay: 0 } }': /limits\.gateway\.perDay/,
    '{ gateway: { perSecond: -1 } }': /limits\.gateway\.perSecond/,
    '{ gateway: { inFlight: 1.5 } }': /limits\.gateway\.inFlight/,
    '{ address: { perSecond: 5, burst: 5, perDay: 1 } }': /limits\.address\.perDay: is not a setting/,
  };
  for (const [limits, words] of Object.entries(refused)) test(`${limits} is refused, with what to write`, () => assert.match(faultOf(() => parse(limits)), words));

  for (const name of ['admin', 'api']) {
    test(`a server cannot be called ${name} (W03)`, () => assert.match(faultOf(() => parse('{}', `${name}: { url: "http://localhost:1/mcp" }`)), new RegExp(`servers\\.${name}: is a name that the gateway keeps for itself`)));
  }
});

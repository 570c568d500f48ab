import { tighten, type Allowance } from '../../model/allowance.ts';
import { NO_IDENTITY, type Principal } from '../../model/principal.ts';
import type { Scope } from './bucket.ts';
import type { Buckets } from './buckets.ts';
import { compileTools, named, type Limits } from './limits.ts';
import { Meter, Policy } from './meter.ts';
import type { Moment } from './periods.ts';

type MeterList = readonly Meter[];

/** A caller whose credential may have limits of its own, which take away from the configured ones and never add. */
export type Limited = Principal & { readonly limits?: Allowance };

/** Whose calls, of which tool of which server. */
export interface Asked {
  readonly principal: Limited;
  readonly server: string;
  readonly tool: string | undefined;
}

/** The meters of one credential, found once and kept while it calls. */
interface Holder {
  readonly principal: Principal;
  readonly own: MeterList;
  /** Few: a list is smaller than a map, and there is one for each key that calls. */
  readonly stations: Station[];
}

/** Those of its calls to one server, and to the tools there that have limits of their own. */
interface Station {
  readonly server: string;
  readonly plain: MeterList;
  tools: Map<string, MeterList> | undefined;
}

/** As many again are remembered from before. */
const MOST_HOLDERS = 100_000;
/** Callers make up the names of tools. */
const MOST_TOOLS_HELD = 1_000;

/** Finds the meters of a call. What a credential has called before is found without making anything. */
export class Meters {
  readonly #limits: Limits;
  readonly #buckets: Buckets;
  readonly #ofTool: ReturnType<typeof compileTools>;
  readonly #countsTools: boolean;
  readonly #configured: ReadonlySet<Allowance | undefined>;
  readonly #policies = new Map<Allowance, Policy>();
  #holders = new Map<string, Holder>();
  #former = new Map<string, Holder>();
  #generation: number;

  constructor(limits: Limits, buckets: Buckets) {
    this.#limits = limits;
    this.#buckets = buckets;
    const { gateway, server, tool, owner, role, key, toolPerKey, servers = {}, tools = {}, owners = {}, roles = {} } = limits;
    this.#configured = new Set([gateway, server, tool, owner, role, key, toolPerKey, ...[servers, tools, owners, roles].flatMap((byName) => Object.values(byName))]);
    this.#ofTool = compileTools(limits);
    this.#countsTools = limits.tool !== undefined || limits.toolPerKey !== undefined || Object.keys(limits.tools ?? {}).length > 0;
    this.#generation = buckets.generation;
  }

  of(asked: Asked, now: Moment): MeterList {
    const { principal, server, tool } = asked;
    const holder = this.#holder(principal, now);
    const station = holder.stations.find((one) => one.server === server) ?? this.#station(holder, server, now);
    if (tool === undefined || !this.#countsTools) return station.plain;
    return station.tools?.get(tool) ?? this.#withTool(station, { principal, server, tool }, now);
  }

  #holder(principal: Limited, now: Moment): Holder {
    // Buckets were let go: what is held might not be what others count in.
    if (this.#generation !== this.#buckets.generation) [this.#holders, this.#former] = [new Map(), new Map()];
    this.#generation = this.#buckets.generation;
    const found = this.#holders.get(principal.credentialId);
    if (found?.principal === principal) return found;
    const former = this.#former.get(principal.credentialId);
    const holder = former?.principal === principal ? former : { principal, own: this.#ownOf(principal, now), stations: [] };
    if (this.#holders.size >= MOST_HOLDERS) [this.#holders, this.#former] = [new Map(), this.#holders];
    this.#holders.set(principal.credentialId, holder);
    return holder;
  }

  #ownOf(principal: Limited, now: Moment): MeterList {
    const { key, owner, owners, role, roles } = this.#limits;
    return [
      ...this.#meter('key', principal.key ?? principal.credentialId, principal.limits === undefined ? key : tighten(key ?? {}, principal.limits), now),
      // Keys without an owner have none in common.
      ...this.#meter('owner', principal.subject === NO_IDENTITY ? principal.credentialId : principal.subject, named(owners, principal.subject, owner), now),
      ...principal.roles.flatMap((name) => this.#meter('role', name, named(roles, name, role), now)),
    ];
  }

  #station(holder: Holder, server: string, now: Moment): Station {
    const { gateway, server: general, servers } = this.#limits;
    const plain = [...holder.own, ...this.#meter('server', server, named(servers, server, general), now), ...this.#meter('gateway', '', gateway, now)];
    const station: Station = { server, plain, tools: undefined };
    holder.stations.push(station);
    return station;
  }

  #withTool(station: Station, { principal, server, tool }: Asked, now: Moment): MeterList {
    const name = `${server}:${tool ?? ''}`;
    const list = [
      ...this.#meter('tool-per-key', `${principal.credentialId}\n${name}`, this.#limits.toolPerKey, now),
      ...this.#meter('tool', name, this.#ofTool(name), now),
      ...station.plain,
    ];
    if (station.tools === undefined || station.tools.size >= MOST_TOOLS_HELD) station.tools = new Map();
    if (tool !== undefined) station.tools.set(tool, list);
    return list;
  }

  #meter(scope: Scope, name: string, allowance: Allowance | undefined, now: Moment): MeterList {
    return allowance === undefined ? [] : [new Meter(this.#buckets.find(scope, name, now), this.#policy(allowance))];
  }

  /** Those of the file are shared by all whom they bound; a key's own is its own. */
  #policy(allowance: Allowance): Policy {
    const known = this.#policies.get(allowance);
    if (known !== undefined) return known;
    const policy = new Policy(allowance);
    if (this.#configured.has(allowance)) this.#policies.set(allowance, policy);
    return policy;
  }
}

import { sourcesOf } from '../config/secret-ref.ts';
import { noticeRulesOf } from '../config/issuers/issuers.ts';
import { adminReply } from '../admin/http/http-reply.ts';
import { deny, type About } from '../admin/deny.ts';
import { widen, type Inbound, type Reply } from '../model/exchange.ts';
import { PermissionSet } from '../model/permission/permission.ts';
import type { Principal } from '../model/principal.ts';
import { notices } from '../pipeline/notices.ts';
import { buildTrail } from '../stages/audit/trail.ts';
import { admit } from '../stages/listen/admit.ts';
import { buildRefuse } from '../stages/refuse/refuse.ts';
import { buildNoticeRoute, type NoticeRouted } from '../stages/route/notice-route.ts';
import { buildOriginChecks } from '../stages/route/origin.ts';
import { allowedHosts } from './hosts.ts';
import type { Config } from '../config/schema.ts';
import type { Origin } from '../config/origins.ts';
import type { Plane } from '../stages/listen/http-server.ts';
import { buildReadNotice } from './tokens/read-notice.ts';
import type { Built } from './built.ts';
import { buildSignOut } from './authority/sign-out.ts';

/** What an issuer has said, once it has proven that it is the one. */
type Proven = Inbound & { readonly principal: Principal; readonly said: readonly About[] };

const issuerPrincipal = (name: string): Principal => ({ subject: `issuer:${name}`, name, method: 'oauth', credentialId: `issuer_${name}`, roles: [], groups: [], permissions: new PermissionSet([]), issuer: name });

/** The stages for notices of issuers, by back-channel logout and by revocation (OpenID Connect Back-Channel Logout 1.0, RFC 7009). */
export const buildNoticesPlane = (config: Config, origin: Origin, built: Built): Plane['handle'] => {
  const { base, policy, shield } = built;
  const { world, catalog, sink, observe } = base;
  const read = buildReadNotice(config, built);
  const signOut = buildSignOut(config, built);
  return notices<NoticeRouted, Proven>({
    open: buildTrail({ clock: world.clock, log: world.log, sink, catalog, observe, policy: policy.version, render: buildRefuse({ corsHeaders: () => ({}), dialect: 'oauth' }) }),
    admit,
    route: buildNoticeRoute(noticeRulesOf(config, sourcesOf(base.environment, config)), buildOriginChecks({ allowedHosts: allowedHosts(origin), allowedOrigins: new Set() }).checkHost),
    shield: (routed) => widen(routed, shield.check(routed)),
    async prove(received) {
      const { kind, rules } = received.notice;
      const said = await read(received);
      const target = said.find(({ level }) => level === 'subject' || level === 'session')?.value;
      const call = { kind: 'request', era: 'modern', id: received.id, method: `notice/${kind}`, params: {}, primitives: target === undefined ? [] : [{ kind: 'tool', name: target }] } as const;
      return widen(received, { principal: issuerPrincipal(rules.name), call, said });
    },
    run({ said, principal }): Reply {
      deny(said, { store: base.store, world }, { name: principal.subject });
      signOut(said, principal.subject);
      return adminReply({});
    },
  });
};

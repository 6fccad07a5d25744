// A company behind an ordinary router, built of network namespaces:
//
//   browser 203.0.113.10 ── router 203.0.113.5 │ 10.77.0.1 ── Margrave 10.77.0.5
//                           443/tcp → 8443               ├── PBX 10.77.0.10
//                           443/udp → 20000              ├── phone 10.77.0.20
//                                                        └── browser in the LAN 10.77.0.30
//
// The router forwards one TCP and one UDP port, under other numbers than inside, drops all else that comes from
// outside, and masquerades what goes out.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Place } from './place.mjs';

export const ADDRESS = { browser: '203.0.113.10', public: '203.0.113.5', router: '10.77.0.1', border: '10.77.0.5', server: '10.77.0.10', phone: '10.77.0.20', lan: '10.77.0.30' };
export const PORTS = { publicTcp: 443, publicUdp: 443, ws: 8443, media: 20000 };

const ip = (...words) => execFileSync('ip', words, { stdio: ['ignore', 'pipe', 'pipe'] });

/** Builds the houses and the wires; they are gone when the stage ends. */
export function neighbourhood(stage) {
  const tag = `mg${process.pid % 10000}`;
  const name = (house) => `${tag}${house}`;
  const houses = ['out', 'rt', 'sbc', 'pbx', 'ph', 'lan'];
  const places = Object.fromEntries(houses.map((house) => [house, new Place({ netns: name(house) })]));
  stage.after(() => houses.forEach((house) => {
    try { ip('netns', 'del', name(house)); } catch { /* it was never made */ }
  }));
  for (const house of houses) {
    ip('netns', 'add', name(house));
    places[house].run(['ip', 'link', 'set', 'lo', 'up']);
  }
  places.rt.run(['ip', 'link', 'add', 'lan', 'type', 'bridge']);
  places.rt.run(['ip', 'addr', 'add', `${ADDRESS.router}/24`, 'dev', 'lan']);
  places.rt.run(['ip', 'link', 'set', 'lan', 'up']);
  const wire = (house, address, gateway) => {
    ip('link', 'add', 'eth0', 'netns', name(house), 'type', 'veth', 'peer', 'name', `to-${house}`, 'netns', name('rt'));
    places[house].run(['ip', 'addr', 'add', `${address}/24`, 'dev', 'eth0']);
    places[house].run(['ip', 'link', 'set', 'eth0', 'up']);
    places.rt.run(['ip', 'link', 'set', `to-${house}`, 'up']);
    if (house !== 'out') places.rt.run(['ip', 'link', 'set', `to-${house}`, 'master', 'lan']);
    if (gateway) places[house].run(['ip', 'route', 'add', 'default', 'via', gateway]);
  };
  wire('out', ADDRESS.browser, ADDRESS.public);
  places.rt.run(['ip', 'addr', 'add', `${ADDRESS.public}/24`, 'dev', 'to-out']);
  wire('sbc', ADDRESS.border, ADDRESS.router);
  wire('pbx', ADDRESS.server, ADDRESS.router);
  wire('ph', ADDRESS.phone, ADDRESS.router);
  wire('lan', ADDRESS.lan, ADDRESS.router);
  places.rt.run(['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
  const rules = join(stage.folder, 'router.nft');
  writeFileSync(
    rules,
    `table ip router {
  chain before {
    type nat hook prerouting priority dstnat;
    iifname "to-out" ip daddr ${ADDRESS.public} tcp dport ${PORTS.publicTcp} dnat to ${ADDRESS.border}:${PORTS.ws}
    iifname "to-out" ip daddr ${ADDRESS.public} udp dport ${PORTS.publicUdp} dnat to ${ADDRESS.border}:${PORTS.media}
  }
  chain after {
    type nat hook postrouting priority srcnat;
    oifname "to-out" masquerade
  }
  chain through {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    ct status dnat accept
    iifname "lan" accept
  }
  chain in {
    type filter hook input priority filter; policy drop;
    iifname "lan" accept
    ct state established accept
    icmp type echo-request accept
  }
}
`,
  );
  places.rt.run(['nft', '-f', rules]);
  return places;
}

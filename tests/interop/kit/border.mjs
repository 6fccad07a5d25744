// Margrave between a carrier and a PBX that are both SIPp, on the loopback.
import { Place, Stage } from '../../browser/kit/place.mjs';
import { margrave } from '../../browser/kit/margrave.mjs';
import { secret } from './secret.mjs';
import { sipp } from './sipp.mjs';
import { unwrap, wrap } from './tls.mjs';

export const AT = { inside: '127.0.2.1', outside: '127.0.3.1', pbx: '127.0.2.10', second: '127.0.2.11', carrier: '127.0.3.10', other: '127.0.3.11' };

/** The transports that every story is told over. */
export const TRANSPORTS = ['udp', 'tcp', 'tls'];

/** Where SIPp itself is; over TLS it is the next port that the others see, and the one after it leads a caller there. */
const PORT = { plain: 5060, tls: 5061 };

/**
 * Raises a stage. `transport`: how all are spoken to; `server`, `trunk`: further keys of theirs; `more`: further tables, where
 * `HOW` stands for the transport and `PORT` for the peers' port; `names`: what the peers' certificate proves
 * besides their addresses.
 */
export async function border(name, { transport = 'udp', trunk = '', server = '', more = '', names = [] } = {}) {
  const stage = new Stage(name);
  try {
    const here = new Place();
    const port = transport === 'tls' ? PORT.tls : PORT.plain;
    const proof = transport === 'tls' ? secret(stage, Object.values(AT), names) : undefined;
    const running = await margrave(
      stage,
      here,
      `[server]
address = "${AT.pbx}:${port}"
transport = "${transport}"
${server}

[network.inside]
address = "${AT.inside}"
sip-${transport} = ${port}
rtp-ports = "32000-32199"

[network.outside]
address = "${AT.outside}"
ws = 18090
media = 21010
sip-${transport} = ${port}
rtp-ports = "33000-33199"

[trunk.carrier]
address = "${AT.carrier}:${port}"
transport = "${transport}"
probe-seconds = 0
${trunk}
${proof ? '[tls]\nauthorities = "authority.pem"' : ''}
${more.replaceAll('HOW', transport).replaceAll('PORT', String(port))}
`,
    );
    const bridged = new Set();
    /** Over TLS a scenario names what is before and behind the bridges, not the bridges. */
    const dressed = (text, to, own) => (proof ? text.replaceAll('[transport]', 'TLS').replaceAll('[local_ip]:[local_port]', `[local_ip]:${own + 1}`).replaceAll('[remote_ip]:[remote_port]', `${to}:${PORT.tls}`) : text);
    /** Before SIPp at this address and port is TLS, on the next port. */
    const outside = async (address, own) => {
      const at = `${address}:${own + 1}`;
      if (!proof || bridged.has(at)) return;
      bridged.add(at);
      await unwrap(stage, { at, to: `${address}:${own}`, ...proof });
    };
    /** SIPp as one who waits at `address`. */
    const waits = async (who, address, text, options = {}) => {
      await outside(address, PORT.plain);
      return sipp(stage, here, who, { scenario: dressed(text, AT.inside, PORT.plain), at: `${address}:${PORT.plain}`, transport, ...options });
    };
    /** SIPp as one who calls from `address`, to `to` of ours. */
    const calls = async (who, address, text, { to = AT.outside, port: own = PORT.plain, ...options } = {}) => {
      const bridge = `${address}:${own + 2}`;
      if (proof && !bridged.has(bridge)) {
        bridged.add(bridge);
        await wrap(stage, { at: bridge, to: `${to}:${PORT.tls}`, from: address, proof });
        await outside(address, own);
      }
      return sipp(stage, here, who, { scenario: dressed(text, to, own), at: `${address}:${own}`, to: proof ? bridge : `${to}:${PORT.plain}`, transport, ...options });
    };
    /** Each of them must come to its end. */
    const all = async (players) => {
      const ends = await Promise.allSettled(players.map((player) => player.done()));
      const failed = ends.filter((end) => end.status === 'rejected');
      if (failed.length) throw new Error(`${failed.map((end) => end.reason.message).join('\n\n')}\n\nmargrave:\n${running.output().slice(-3000)}`);
    };
    return {
      stage,
      here,
      border: running,
      proof,
      transport,
      end: () => stage.end(),
      waits,
      calls,
      all,
      /** The PBX as a callee, and then the carrier as the caller; both must come to their end, and the `others` too. */
      async call({ caller, callee, service = '4930123', seconds, twice = false, others = [] }) {
        const pbx = await waits('pbx', AT.pbx, callee, twice ? { seconds, calls: 2, most: 2 } : { seconds });
        await pbx.ready();
        const carrier = await calls('carrier', AT.carrier, caller, { service, seconds });
        await all([carrier, pbx, ...others]);
        return { carrier, pbx };
      },
    };
  } catch (error) {
    await stage.end();
    throw error;
  }
}

/** One story over each transport. `setting`: as for [`border`]. */
export function story(test, title, play, setting = {}, transports = TRANSPORTS) {
  for (const transport of transports) {
    test(`${transport}: ${title}`, async () => {
      const town = await border(`interop-${transport}`, { transport, ...setting });
      try {
        await play(town);
      } finally {
        await town.end();
      }
    });
  }
}

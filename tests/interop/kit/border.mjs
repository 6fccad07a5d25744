// Margrave between a carrier and a PBX that are both SIPp, on the loopback.
import { Place, Stage } from '../../browser/kit/place.mjs';
import { margrave } from '../../browser/kit/margrave.mjs';
import { sipp } from './sipp.mjs';

export const AT = { inside: '127.0.2.1', outside: '127.0.3.1', pbx: '127.0.2.10', carrier: '127.0.3.10' };

/** Raises a stage. `transport`: how both are spoken to. */
export async function border(name, { transport = 'udp', trunk = '', server = '', more = '' } = {}) {
  const stage = new Stage(name);
  try {
    const here = new Place();
    const running = await margrave(
      stage,
      here,
      `[server]
address = "${AT.pbx}:5060"
transport = "${transport}"
${server}

[network.inside]
address = "${AT.inside}"
sip-${transport} = 5060
rtp-ports = "32000-32199"

[network.outside]
address = "${AT.outside}"
ws = 18090
media = 21010
sip-${transport} = 5060
rtp-ports = "33000-33199"

[trunk.carrier]
address = "${AT.carrier}:5060"
transport = "${transport}"
probe-seconds = 0
${trunk}
${more}
`,
    );
    return {
      stage,
      here,
      border: running,
      end: () => stage.end(),
      /** The PBX as a callee, and then the carrier as the caller; both must come to their end. */
      async call({ caller, callee, service = '4930123' }) {
        const pbx = sipp(stage, here, 'pbx', { scenario: callee, at: `${AT.pbx}:5060`, transport });
        await new Promise((resolve) => setTimeout(resolve, 300));
        const carrier = sipp(stage, here, 'carrier', { scenario: caller, at: `${AT.carrier}:5060`, to: `${AT.outside}:5060`, transport, service });
        const ends = await Promise.allSettled([carrier.done(), pbx.done()]);
        const failed = ends.filter((end) => end.status === 'rejected');
        if (failed.length) throw new Error(`${failed.map((end) => end.reason.message).join('\n\n')}\n\nmargrave:\n${running.output().slice(-3000)}`);
        return { carrier, pbx };
      },
    };
  } catch (error) {
    await stage.end();
    throw error;
  }
}

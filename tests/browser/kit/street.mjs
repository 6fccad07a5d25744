// The usual company behind a router: browsers on the Internet or in the LAN, and Margrave, a PBX and a desk phone inside.
import { baresip } from './baresip.mjs';
import { DOMAIN, kamailio } from './kamailio.mjs';
import { margrave } from './margrave.mjs';
import { ADDRESS, neighbourhood, PORTS } from './nat.mjs';
import { Stage } from './place.mjs';
import { TONES, USERS } from './town.mjs';

/** Raises the stage. `listen(stage, places)` is called before anything speaks. */
export async function behindRouter(name, { listen } = {}) {
  const stage = new Stage(name);
  try {
    const places = neighbourhood(stage);
    const server = await kamailio(stage, places.pbx, { address: ADDRESS.server, port: 5060, users: USERS });
    await listen?.(stage, places);
    const border = await margrave(
      stage,
      places.sbc,
      `[server]
address = "${ADDRESS.server}:5060"
domain = "${DOMAIN}"

[network.inside]
address = "${ADDRESS.border}"
members = ["10.77.0.0/24"]
sip-udp = 5060
rtp-ports = "30000-30199"

[network.outside]
address = "${ADDRESS.border}"
ws = ${PORTS.ws}
media = ${PORTS.media}
advertise = { address = "${ADDRESS.public}", tcp = ${PORTS.publicTcp}, udp = ${PORTS.publicUdp} }
`,
    );
    const desk = await baresip(stage, places.ph, { user: 'desk', password: USERS.desk, address: ADDRESS.phone, port: 5060, server, tone: TONES.desk });
    const account = (user, host = `${ADDRESS.public}:${PORTS.publicTcp}`) => ({ url: `ws://${host}/ws`, user, password: USERS[user], domain: DOMAIN, tone: TONES[user] });
    return { stage, places, server, border, desk, account, end: () => stage.end() };
  } catch (error) {
    await stage.end();
    throw error;
  }
}

// The usual company on the loopback: Margrave between a browser's network and an inner one with a PBX and a desk phone.
import { Place, Stage } from './place.mjs';
import { baresip } from './baresip.mjs';
import { browser } from './chromium.mjs';
import { DOMAIN, kamailio } from './kamailio.mjs';
import { margrave } from './margrave.mjs';
import { dropCertificate } from './certificate.mjs';

export const TONES = { alice: 440, bob: 620, desk: 880 };
export const USERS = { alice: 'wonderland', bob: 'builder', desk: 'mahogany' };
/** An amplitude that only the real tone reaches (the voices are at about 0.37), and one that silence stays under. */
export const HEARD = 0.1;
export const SILENT = 0.02;

// The phone binds its RTP to no address, so what it sends comes from the loopback's first one: it lives there.
export const INSIDE = { border: '127.0.1.1', server: '127.0.1.10', phone: '127.0.0.1' };
export const OUTSIDE = '127.0.0.1';
const PORTS = { ws: 18080, wss: 18443, media: 21000 };

/** Raises the stage: Kamailio, Margrave, a desk phone and a browser. `trusted`: Kamailio believes Margrave who has referred a call. */
export async function company(name, { transport = 'ws', serverTransport = 'udp', phone = {}, trusted = false } = {}) {
  const stage = new Stage(name);
  try {
    const here = new Place();
    const server = await kamailio(stage, here, { address: INSIDE.server, port: 5060, users: USERS, trusted: trusted ? INSIDE.border : undefined });
    const tls = transport === 'wss' ? dropCertificate(stage, 'localhost') : undefined;
    const configuration = `[server]
address = "${INSIDE.server}:5060"
transport = "${serverTransport}"
domain = "${DOMAIN}"

[network.inside]
address = "${INSIDE.border}"
members = ["127.0.1.0/24"]
sip-udp = 5060
sip-tcp = 5060
rtp-ports = "30000-30199"

[network.outside]
address = "${OUTSIDE}"
${transport === 'wss' ? `wss = ${PORTS.wss}\ncertificate = "${tls.certificate}"\nkey = "${tls.key}"` : `ws = ${PORTS.ws}`}
media = ${PORTS.media}
`;
    const border = await margrave(stage, here, configuration);
    const desk = await baresip(stage, here, { user: 'desk', password: USERS.desk, address: INSIDE.phone, port: 5060, server, tone: TONES.desk, netInterface: INSIDE.phone, device: 'lo', ...phone });
    const chromium = await browser(stage, here);
    const url = transport === 'wss' ? `wss://localhost:${PORTS.wss}/ws` : `ws://localhost:${PORTS.ws}/ws`;
    const account = (user, password = USERS[user]) => ({ url, user, password, domain: DOMAIN, tone: TONES[user] });
    const town = { stage, here, server, border, desk, browser: chromium, url, account, end: () => stage.end() };
    /** A new Margrave where the old one was. */
    town.restart = async () => {
      town.border = await margrave(stage, here, configuration);
    };
    return town;
  } catch (error) {
    await stage.end();
    throw error;
  }
}

/** Opens a page, registers as `user`, and gives the phone. */
export async function registered(town, stack, user, more = {}) {
  const phone = await town.browser.phone(stack, user);
  const status = await phone.do('start', { ...town.account(user), ...more });
  if (status !== 200) throw new Error(`${user} could not register: ${status}; ${phone.lines.slice(-10).join(' | ')}\n${town.border.output().slice(-2000)}`);
  return phone;
}

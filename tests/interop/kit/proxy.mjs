// Kamailio with its own rtpengine module, and Margrave's media engine in rtpengine's place.
import { createSocket } from 'node:dgram';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Place, Stage, until } from '../../browser/kit/place.mjs';
import { binary } from '../../browser/kit/margrave.mjs';

export const AT = { proxy: '127.0.4.1', near: '127.0.4.2', far: '127.0.4.3', caller: '127.0.4.10', callee: '127.0.4.11' };

const NG = `${AT.proxy}:2223`;

/** `flags`: what the module is told for an offer; an answer needs none. */
const configuration = (flags) => `#!KAMAILIO
debug=2
log_stderror=yes
children=2
disable_tcp=yes
auto_aliases=no
listen=udp:${AT.proxy}:5060
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "rtpengine.so"
modparam("rtpengine", "rtpengine_sock", "udp:${NG}")

request_route {
    if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
    if (is_method("CANCEL")) { if (t_check_trans()) { rtpengine_delete(); t_relay(); } exit; }
    if (has_totag()) {
        if (!loose_route()) { if (is_method("ACK") && t_check_trans()) t_relay(); exit; }
        if (is_method("BYE")) rtpengine_delete();
        if (is_method("INVITE")) { rtpengine_offer("${flags}"); t_on_reply("MEDIA"); }
        t_relay();
        exit;
    }
    record_route();
    if (is_method("INVITE")) {
        if (!rtpengine_offer("${flags}")) { sl_send_reply("488", "No Media"); exit; }
        t_on_reply("MEDIA");
    }
    $du = "sip:${AT.callee}:5060";
    t_relay();
}

onreply_route[MEDIA] {
    if (has_body("application/sdp")) rtpengine_answer("trust-address replace-origin replace-session-connection");
}
`;

/** A telephone's ear and mouth: what comes is kept, and sent back if it is the one that echoes. */
async function ear(stage, address, port, echoes) {
  const socket = createSocket('udp4');
  const heard = [];
  socket.on('message', (packet, from) => {
    heard.push({ packet, from });
    if (echoes) socket.send(packet, from.port, from.address);
  });
  await new Promise((resolve, reject) => socket.once('error', reject).bind(port, address, resolve));
  stage.after(() => new Promise((resolve) => socket.close(resolve)));
  return { heard, send: (packet, to) => socket.send(packet, to.port, to.address) };
}

/** Raises all of it. */
export async function proxied(name, flags, echoPort = 40000) {
  const stage = new Stage(name);
  try {
    const here = new Place();
    const media = here.start(
      stage,
      'media',
      [binary(), 'media', '--ng', `udp:${NG}`, '--interface', `near/${AT.near}`, '--interface', `far/${AT.far}`, '--ports', '34000-34199', '--log-level', 'debug'],
      { env: { NO_COLOR: '1' } },
    );
    await media.says(/ ready\s*$/m, 15_000);
    const folder = join(stage.folder, 'kamailio');
    mkdirSync(folder);
    const file = join(folder, 'kamailio.cfg');
    writeFileSync(file, configuration(flags));
    const kamailio = here.start(stage, 'kamailio', ['kamailio', '-f', file, '-DD', '-E', '-Y', folder, '-w', folder]);
    await kamailio.says(/Listening on|udp:/);
    await kamailio.says(/rtpengine instance <udp:.*> found, support for it enabled/);
    const caller = await ear(stage, AT.caller, 40000, false);
    const callee = await ear(stage, AT.callee, echoPort, true);
    return { stage, here, media, kamailio, caller, callee, end: () => stage.end() };
  } catch (error) {
    await stage.end();
    throw error;
  }
}

/** The description in the first message that `who` heard and that begins so. */
export const described = (who, start) =>
  until(`a description in ${start}`, () => {
    const message = who.messages().find((it) => !it.sent && start.test(it.text) && /^m=audio/m.test(it.text));
    if (!message) return undefined;
    const { text } = message;
    return { text, port: Number(/^m=audio (\d+)/m.exec(text)[1]), address: /^c=IN IP4 (\S+)/m.exec(text)[1] };
  });

/** A packet of 20 ms of PCMA. */
export function packet(number, ssrc = 0x12345678) {
  const bytes = Buffer.alloc(172, number & 0xff);
  bytes.writeUInt16BE(0x8008, 0);
  bytes.writeUInt16BE(1000 + number, 2);
  bytes.writeUInt32BE(160 * number, 4);
  bytes.writeUInt32BE(ssrc, 8);
  return bytes;
}

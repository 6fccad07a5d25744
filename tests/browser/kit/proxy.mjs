// Somebody's Kamailio for browsers and telephones, with its own rtpengine module, and Margrave's media engine in rtpengine's place.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { baresip } from './baresip.mjs';
import { browser } from './chromium.mjs';
import { DOMAIN } from './kamailio.mjs';
import { binary } from './margrave.mjs';
import { Place, Stage } from './place.mjs';
import { TONES, USERS } from './town.mjs';

const AT = { proxy: '127.0.5.10', media: '127.0.0.1', phone: '127.0.0.1' };
const WS = 18085;
const NG = '127.0.5.10:2223';

/** As the module's own manual has it: towards a browser a WebRTC profile, towards a telephone plain RTP. */
const configuration = `#!KAMAILIO
debug=2
log_stderror=yes
children=1
disable_tcp=no
tcp_children=1
tcp_connection_lifetime=3604
tcp_accept_no_cl=yes
auto_aliases=no
alias="${DOMAIN}"
listen=udp:${AT.proxy}:5060
listen=tcp:127.0.0.1:${WS}
shm_mem_size=32
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "nathelper.so"
loadmodule "xhttp.so"
loadmodule "websocket.so"
loadmodule "rtpengine.so"
modparam("usrloc", "db_mode", 0)
modparam("registrar", "received_avp", "$avp(received)")
modparam("nathelper", "received_avp", "$avp(received)")
modparam("rtpengine", "rtpengine_sock", "udp:${NG}")

request_route {
    if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
    if (is_method("CANCEL")) { if (t_check_trans()) { rtpengine_delete(); t_relay(); } exit; }
    if ($proto =~ "ws") { force_rport(); }
    if (has_totag()) {
        if (!loose_route()) { if (is_method("ACK") && t_check_trans()) t_relay(); exit; }
        if ($du == $null) handle_ruri_alias();
        if (is_method("BYE")) rtpengine_delete();
        route(RELAY);
    }
    if (is_method("REGISTER")) {
        if ($proto =~ "ws") fix_nated_register();
        save("location");
        exit;
    }
    if ($proto =~ "ws") add_contact_alias();
    record_route();
    if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
    route(RELAY);
}

route[RELAY] {
    if (is_method("INVITE")) {
        if ($proto =~ "ws") {
            rtpengine_offer("trust-address replace-origin replace-session-connection rtcp-mux-demux ICE=remove RTP/AVP");
        } else {
            rtpengine_offer("trust-address replace-origin replace-session-connection rtcp-mux-offer ICE=force SDES-off generate-mid UDP/TLS/RTP/SAVPF");
        }
        t_on_reply("MEDIA");
    }
    t_relay();
    exit;
}

onreply_route[MEDIA] {
    if ($proto =~ "ws") add_contact_alias();
    if (has_body("application/sdp")) rtpengine_answer("trust-address replace-origin replace-session-connection");
}

event_route[xhttp:request] {
    if ($hdr(Upgrade) =~ "websocket" && $rm =~ "GET") ws_handle_handshake();
    else xhttp_reply("404", "Not Found", "", "");
}
`;

/** Raises all of it. */
export async function proxied(name) {
  const stage = new Stage(name);
  try {
    const here = new Place();
    const media = here.start(stage, 'media', [binary(), 'media', '--ng', `udp:${NG}`, '--interface', AT.media, '--ports', '21000-21199', '--log-level', 'debug'], { env: { NO_COLOR: '1' } });
    await media.says(/ ready\s*$/m, 15_000);
    const file = join(stage.folder, 'kamailio.cfg');
    writeFileSync(file, configuration);
    const kamailio = here.start(stage, 'kamailio', ['kamailio', '-f', file, '-DD', '-E', '-Y', stage.folder, '-w', stage.folder]);
    await kamailio.says(/rtpengine instance <udp:.*> found, support for it enabled/);
    const server = { address: AT.proxy, port: 5060, domain: DOMAIN };
    const desk = await baresip(stage, here, { user: 'desk', password: USERS.desk, address: AT.phone, port: 5075, controlPort: 14455, server, tone: TONES.desk, netInterface: AT.phone, device: 'lo' });
    const chromium = await browser(stage, here);
    const account = (user) => ({ url: `ws://127.0.0.1:${WS}/ws`, user, password: USERS[user], domain: DOMAIN, tone: TONES[user] });
    return { stage, media, kamailio, desk, browser: chromium, account, end: () => stage.end() };
  } catch (error) {
    await stage.end();
    throw error;
  }
}

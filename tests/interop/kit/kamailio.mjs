// Real SIP servers: a PBX whose numbers outside are Margrave's, and a carrier that lets its customers register and asks who calls.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const head = (address) => `#!KAMAILIO
debug=2
log_stderror=yes
children=1
disable_tcp=yes
auto_aliases=no
listen=udp:${address}:5060
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
loadmodule "auth.so"
modparam("usrloc", "db_mode", 0)
modparam("registrar", "min_expires", 10)

request_route {
    if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
    if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
    if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
    if (!is_method("ACK")) { if (t_precheck_trans()) { t_check_trans(); exit; } t_check_trans(); }
    if (has_totag()) {
        if (loose_route()) { t_relay(); exit; }
        if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
        sl_send_reply("404", "Not Here"); exit;
    }
`;

function start(stage, place, name, address, route) {
  const folder = join(stage.folder, name);
  mkdirSync(folder);
  const file = join(folder, 'kamailio.cfg');
  writeFileSync(file, `${head(address)}${route}}\n`);
  const server = place.start(stage, name, ['kamailio', '-f', file, '-DD', '-E', '-Y', folder, '-w', folder]);
  return server.says(/Listening on|udp:/).then(() => server);
}

/** What Margrave brings goes to `phone`; everything else to Margrave. */
export const pbx = (stage, place, { address, margrave, phone }) =>
  start(
    stage,
    place,
    'kamailio-pbx',
    address,
    `    record_route();
    if ($si == "${margrave}") { $du = "sip:${phone}:5060"; } else { $du = "sip:${margrave}:5060"; }
    t_relay();
`,
  );

/** One customer, who registers; its calls go to `phone`, and calls from there to where it registered. */
export const carrier = (stage, place, { name = 'kamailio-carrier', address, margrave, phone, user, password }) =>
  start(
    stage,
    place,
    name,
    address,
    `    if (is_method("REGISTER")) {
        if ($au != "${user}" || !pv_www_authenticate("${address}", "${password}", "0")) { www_challenge("${address}", "1"); exit; }
        save("location");
        xlog("L_NOTICE", "registered $tU at $ct\\n");
        exit;
    }
    if ($si == "${margrave}") {
        if ($au != "${user}" || !pv_proxy_authenticate("${address}", "${password}", "0")) { proxy_challenge("${address}", "1"); exit; }
        consume_credentials();
        xlog("L_NOTICE", "call of $au to $rU\\n");
        record_route();
        $du = "sip:${phone}:5060";
        t_relay();
        exit;
    }
    record_route();
    if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
    t_relay();
`,
  );

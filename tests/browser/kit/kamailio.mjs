// A real SIP server as the company's existing PBX: registrar and proxy with digest users.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const DOMAIN = 'pbx.test';

/** Starts Kamailio. `users`: name → password. `trusted`: the address whose word is taken on who has referred a call. */
export async function kamailio(stage, place, { address, port, users, trusted }) {
  const passwords = Object.entries(users)
    .map(([user, password]) => `        case "${user}": $var(password) = "${password}"; break;`)
    .join('\n');
  const file = join(stage.folder, 'kamailio.cfg');
  writeFileSync(
    file,
    `#!KAMAILIO
debug=2
log_stderror=yes
children=1
disable_tcp=no
tcp_children=1
auto_aliases=no
alias="${DOMAIN}"
listen=udp:${address}:${port}
listen=tcp:${address}:${port}
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
loadmodule "ctl.so"
modparam("ctl", "binrpc", "unix:${stage.folder}/kamailio.ctl")
modparam("usrloc", "db_mode", 0)
# A page that was closed leaves its contact behind until it expires.
modparam("registrar", "max_contacts", 60)
modparam("registrar", "min_expires", 10)
modparam("tm", "fr_inv_timer", 60000)

request_route {
    xlog("L_NOTICE", "asked: $rm from $si with tag <$tt>\n");
    if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
    if (is_method("OPTIONS") && uri == myself && $rU == $null) { sl_send_reply("200", "OK"); exit; }
    if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
    if (!is_method("ACK")) { if (t_precheck_trans()) { t_check_trans(); exit; } t_check_trans(); }
    if (has_totag()) {
        if (loose_route()) { t_relay(); exit; }
        if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
        sl_send_reply("404", "Not Here"); exit;
    }
    $var(password) = "";
    switch ($au) {
${passwords}
    }
    if (is_method("REGISTER")) {
        if ($var(password) == "" || !pv_www_authenticate("${DOMAIN}", "$var(password)", "0")) { www_challenge("${DOMAIN}", "1"); exit; }
        if ($au != $tU) { sl_send_reply("403", "Not Yours"); exit; }
        save("location");
        exit;
    }
    if (!(is_present_hf("Referred-By") && $si == "${trusted ?? 'nobody'}")) {
        if ($var(password) == "" || !pv_proxy_authenticate("${DOMAIN}", "$var(password)", "0")) { proxy_challenge("${DOMAIN}", "1"); exit; }
        consume_credentials();
    }
    record_route();
    if (uri != myself) { t_relay(); exit; }
    if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
    t_relay();
}
`,
  );
  const server = place.start(stage, 'kamailio', ['kamailio', '-f', file, '-DD', '-E', '-Y', stage.folder, '-w', stage.folder]);
  await server.says(/Listening on|udp:|tcp:/);
  return {
    address,
    port,
    domain: DOMAIN,
    log: server.log,
    output: server.output,
    stop: server.stop,
    /** What `from` has asked inside dialogs, so far: the methods. */
    askedInDialogs: (from) => [...server.output().matchAll(/asked: (\S+) from (\S+) with tag <(.+)>/g)].filter(([, , source, tag]) => source === from && tag !== '<null>').map(([, method]) => method),
    /** The contacts that the registrar holds for `user`. */
    contacts: (user) => [...place.run(['kamcmd', '-s', `unix:${stage.folder}/kamailio.ctl`, 'ul.lookup', 'location', user]).matchAll(/Address: (\S+)/g)].map(([, address]) => address),
  };
}

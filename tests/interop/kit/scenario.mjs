// SIPp scenarios in few words: what one side says and what it waits for, in order.

/** A session description as a desk phone writes it. */
export const sdp = ({ version = 1, direction = 'sendrecv', port = 40000, formats = '0 8 101' } = {}) => `v=0
o=phone 4711 ${version} IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio ${port} RTP/AVP ${formats}
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=${direction}`;

const escape = (text) => text.replaceAll(']]>', '');
const body = (text) => (text ? `Content-Type: application/sdp\nContent-Length: [len]\n\n${text}` : 'Content-Length: 0\n');

/** `lines` become further headers. */
const message = (lines, text) => `${lines.filter(Boolean).join('\n')}\n${body(text)}`;

const send = (text, { retrans = false, crlf = false } = {}) => `  <send${retrans ? ' retrans="500"' : ''}${crlf ? ' crlf="true"' : ''}><![CDATA[\n\n${escape(text)}\n\n]]></send>`;

const actions = (list) => (list.length ? `<action>${list.join('')}</action>` : '');
/** Keeps what `regexp` finds in a header (its first group) under a name. */
export const keep = (name, header, regexp = '.*') => `<ereg regexp="${regexp.replaceAll('"', '&quot;').replaceAll('<', '&lt;')}" search_in="hdr" header="${header}:" check_it="true" assign_to="${name}"/>`;
/** Fails the scenario unless the message has this somewhere. */
export const must = (regexp, name = 'seen') => `<ereg regexp="${regexp}" search_in="msg" check_it="true" assign_to="${name}"/>`;
/** Fails the scenario if the message has this. */
export const mustNot = (regexp, name = 'unseen') => `<ereg regexp="${regexp}" search_in="msg" check_it_inverse="true" assign_to="${name}"/>`;

const names = (steps) => [...new Set([...steps.join('\n').matchAll(/assign_to="([^"]+)"/g)].map((match) => match[1]))];

/** The whole scenario; every name that an action keeps is declared as used. */
export function scenario(title, steps) {
  const used = names(steps);
  const reference = used.length ? `  <Reference variables="${used.join(',')}"/>\n` : '';
  return `<?xml version="1.0" encoding="ISO-8859-1"?>\n<scenario name="${title}">\n${steps.join('\n')}\n${reference}</scenario>\n`;
}

export const pause = (ms) => `  <pause milliseconds="${ms}"/>`;

/** What a caller says. The first request makes the dialog; later ones take its route. */
export const caller = {
  request(method, { cseq = 1, headers = [], text, uri = 'sip:[service]@[remote_ip]:[remote_port]', branch = '[branch]', once = false } = {}) {
    return send(
      message(
        [
          `${method} ${uri} SIP/2.0`,
          `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=${branch}`,
          'Max-Forwards: 70',
          'From: "Anna" <sip:anna@[local_ip]:[local_port]>;tag=[pid]a[call_number]',
          'To: <sip:[service]@[remote_ip]:[remote_port]>',
          'Call-ID: [call_id]',
          `CSeq: ${cseq} ${method}`,
          'Contact: <sip:anna@[local_ip]:[local_port];transport=[transport]>',
          ...headers,
        ],
        text,
      ),
      { retrans: !once },
    );
  },
  /** A request inside the dialog. */
  within(method, { cseq = 2, headers = [], text, branch = '[branch]' } = {}) {
    return send(
      message(
        [
          `${method} [next_url] SIP/2.0`,
          `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=${branch}`,
          '[routes]',
          'Max-Forwards: 70',
          'From: "Anna" <sip:anna@[local_ip]:[local_port]>;tag=[pid]a[call_number]',
          'To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]',
          'Call-ID: [call_id]',
          `CSeq: ${cseq} ${method}`,
          'Contact: <sip:anna@[local_ip]:[local_port];transport=[transport]>',
          ...headers,
        ],
        text,
      ),
      { retrans: method !== 'ACK' },
    );
  },
};

/** What a callee keeps of the first INVITE, for what it says later. */
export const keepDialog = [keep('theirs', 'From'), keep('ours', 'To'), keep('via', 'Via'), keep('number', 'CSeq')];
export const callee = {
  /** An answer to what came last. */
  answer(status, { tag = 'b', headers = [], text, retrans = false } = {}) {
    return send(
      message(
        [
          `SIP/2.0 ${status}`,
          '[last_Via:]',
          '[last_Record-Route:]',
          '[last_From:]',
          `[last_To:];tag=[pid]${tag}[call_number]`,
          '[last_Call-ID:]',
          '[last_CSeq:]',
          'Contact: <sip:bert@[local_ip]:[local_port];transport=[transport]>',
          ...headers,
        ],
        text,
      ),
      { retrans },
    );
  },
  /** The INVITE's answer when other requests came since. */
  late(status, { tag = 'b', headers = [], text, retrans = true } = {}) {
    return send(
      message(
        [
          `SIP/2.0 ${status}`,
          'Via:[$via]',
          'From:[$theirs]',
          `To:[$ours];tag=[pid]${tag}[call_number]`,
          '[last_Call-ID:]',
          'CSeq:[$number]',
          'Contact: <sip:bert@[local_ip]:[local_port];transport=[transport]>',
          ...headers,
        ],
        text,
      ),
      { retrans },
    );
  },
  /** The answer to a request inside the dialog that was kept as [`keepDialog`] does, when others came since. */
  kept(status, { headers = [], text, retrans = true } = {}) {
    return send(
      message(
        [
          `SIP/2.0 ${status}`,
          'Via:[$via]',
          'From:[$theirs]',
          'To:[$ours]',
          '[last_Call-ID:]',
          'CSeq:[$number]',
          'Contact: <sip:anna@[local_ip]:[local_port];transport=[transport]>',
          ...headers,
        ],
        text,
      ),
      { retrans },
    );
  },
  /** An answer inside the dialog: To has its tag already. */
  again(status, { headers = [], text, retrans = false } = {}) {
    return send(
      message(
        [
          `SIP/2.0 ${status}`,
          '[last_Via:]',
          '[last_From:]',
          '[last_To:]',
          '[last_Call-ID:]',
          '[last_CSeq:]',
          'Contact: <sip:bert@[local_ip]:[local_port];transport=[transport]>',
          ...headers,
        ],
        text,
      ),
      { retrans },
    );
  },
  /** A request inside the dialog that the caller began. */
  within(method, { cseq = 1, tag = 'b', headers = [], text, branch = '[branch]' } = {}) {
    return send(
      message(
        [
          `${method} [next_url] SIP/2.0`,
          `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=${branch}`,
          '[routes]',
          'Max-Forwards: 70',
          `From:[$ours];tag=[pid]${tag}[call_number]`,
          'To:[$theirs]',
          'Call-ID: [call_id]',
          `CSeq: ${cseq} ${method}`,
          'Contact: <sip:bert@[local_ip]:[local_port];transport=[transport]>',
          ...headers,
        ],
        text,
      ),
      { retrans: method !== 'ACK' },
    );
  },
};

/**
 * Waits for an INVITE: one whose text has `pattern` takes the second path, every other one the first. For a party that is called
 * twice, with `calls: 2, most: 2`.
 */
export const eitherInvite = (pattern, first, second) => [
  `  <recv request="INVITE" rrs="true" next="1" test="special"><action><ereg regexp="${pattern}" search_in="msg" check_it="false" assign_to="special"/>${keepDialog.join('')}</action></recv>`,
  ...first,
  '  <nop next="2"><action/></nop>',
  '  <label id="1"/>',
  ...second,
  '  <label id="2"/>',
  pause(50),
];
/** Waits for a request. */
export const hears = (method, { optional = false, rrs = false, actions: list = [] } = {}) => `  <recv request="${method}"${optional ? ' optional="true"' : ''}${rrs ? ' rrs="true"' : ''} crlf="true">${actions(list)}</recv>`;
/** Waits for a response. */
export const gets = (status, { optional = false, rrs = false, actions: list = [] } = {}) => `  <recv response="${status}"${optional ? ' optional="true"' : ''}${rrs ? ' rrs="true"' : ''} crlf="true">${actions(list)}</recv>`;

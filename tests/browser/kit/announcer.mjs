// A telephone that speaks before it is picked up: 183 with SDP and a tone, and 200 when the story says so.
import { createHash, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { until } from './place.mjs';

const md5 = (text) => createHash('md5').update(text).digest('hex');
const token = () => randomBytes(8).toString('hex');

/** Registers `user` at the server and waits for calls; it speaks `tone` Hz. */
export async function announcer(stage, { user, password, address, port, rtp, server, tone }) {
  const [signals, sound] = [createSocket('udp4'), createSocket('udp4')];
  signals.bind(port, address);
  sound.bind(rtp, address);
  await Promise.all([once(signals, 'listening'), once(sound, 'listening')]);
  let playing;
  stage.after(() => {
    clearInterval(playing);
    signals.close();
    sound.close();
  });
  const asked = [];
  const own = { tag: token(), call: token(), number: 1 };
  const send = (lines, body = '', to = server) => signals.send([...lines, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n'), to.port, to.address);
  const register = (authorization) =>
    send([
      `REGISTER sip:${server.domain} SIP/2.0`,
      `Via: SIP/2.0/UDP ${address}:${port};branch=z9hG4bK${token()}`,
      'Max-Forwards: 70',
      `From: <sip:${user}@${server.domain}>;tag=${own.tag}`,
      `To: <sip:${user}@${server.domain}>`,
      `Call-ID: ${own.call}`,
      `CSeq: ${own.number++} REGISTER`,
      `Contact: <sip:${user}@${address}:${port}>;expires=600`,
      ...(authorization ? [`Authorization: ${authorization}`] : []),
    ]);
  const values = (message, name) => message.split('\r\n').filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  let registered = false;
  let invite;
  const description = () => `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio ${rtp} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\n`;
  const answer = (message, from, status, more = [], body = '') => {
    const to = values(message, 'To')[0];
    send(
      [`SIP/2.0 ${status}`, ...values(message, 'Via'), ...values(message, 'Record-Route'), values(message, 'From')[0], to.includes(';tag=') ? to : `${to};tag=${own.tag}`, values(message, 'Call-ID')[0], values(message, 'CSeq')[0], ...more],
      body,
      from,
    );
  };
  const contact = [`Contact: <sip:${user}@${address}:${port}>`, 'Content-Type: application/sdp'];
  const play = (offer) => {
    const host = /^c=IN IP4 (\S+)/m.exec(offer)[1];
    const far = Number(/^m=audio (\d+)/m.exec(offer)[1]);
    const packet = Buffer.alloc(172);
    packet[0] = 128;
    packet.writeUInt32BE(0x5eed, 8);
    let count = 0;
    const began = Date.now();
    clearInterval(playing);
    playing = setInterval(() => {
      // By the clock: a busy machine comes late, and then sends what is due.
      for (; count * 20 <= Date.now() - began; count += 1) {
        packet.writeUInt16BE(count & 65535, 2);
        packet.writeUInt32BE(count * 160, 4);
        for (let at = 0; at < 160; at += 1) packet[12 + at] = muLaw(12000 * Math.sin((2 * Math.PI * tone * (count * 160 + at)) / 8000));
        sound.send(Buffer.from(packet), far, host);
      }
    }, 20);
  };
  signals.on('message', (bytes, from) => {
    const message = bytes.toString('latin1');
    const method = message.split(' ', 1)[0];
    if (method === 'SIP/2.0') {
      const challenge = /^WWW-Authenticate: Digest (.*)$/im.exec(message)?.[1];
      if (/^SIP\/2\.0 200/.test(message)) registered = true;
      if (!challenge || own.number > 3) return;
      const word = (name) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
      const uri = `sip:${server.domain}`;
      const cnonce = token();
      const proof = md5(`${md5(`${user}:${word('realm')}:${password}`)}:${word('nonce')}:00000001:${cnonce}:auth:${md5(`REGISTER:${uri}`)}`);
      register(`Digest username="${user}", realm="${word('realm')}", nonce="${word('nonce')}", uri="${uri}", response="${proof}", qop=auth, nc=00000001, cnonce="${cnonce}"`);
      return;
    }
    asked.push(method);
    if (method === 'INVITE' && !invite) {
      invite = { message, from };
      play(message);
      answer(message, from, '183 Session Progress', contact, description());
    } else if (method === 'BYE' || method === 'CANCEL') {
      clearInterval(playing);
      answer(message, from, '200 OK');
      if (method === 'CANCEL' && invite) answer(invite.message, invite.from, '487 Request Terminated');
      invite = undefined;
    }
  });
  register();
  await until(`${user} to be registered`, () => registered);
  return {
    asked,
    /** Picks up. */
    answer: () => answer(invite.message, invite.from, '200 OK', contact, description()),
  };
}

/** ITU-T G.711. */
function muLaw(sample) {
  const magnitude = Math.min(Math.abs(Math.round(sample)), 32635) + 132;
  const segment = Math.floor(Math.log2(magnitude)) - 7;
  return ~((sample < 0 ? 128 : 0) | (segment << 4) | ((magnitude >> (segment + 3)) & 15)) & 255;
}

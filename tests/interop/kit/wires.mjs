// Bare sockets: whatever octets, and what comes back.
import { createHash, randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import net from 'node:net';

/** How long nothing may come before it counts as silence. */
const SILENCE = 200;

/** Gathers what comes; `answer()` gives the final status, else the provisional one, `closed` or `silence`. */
function gather(bytes, silence = SILENCE) {
  // Answers to what came before may be repeated at any time (RFC 3261 §17.2.1).
  const call = /^(?:Call-ID|i)[ \t]*:\s*(\S+)/im.exec(bytes.toString('latin1'))?.[1];
  let text = '';
  let closed = false;
  let heard = () => {};
  return {
    take(piece) {
      if (call && !piece.includes(call)) return;
      text += piece;
      heard();
    },
    close() {
      closed = true;
      heard();
    },
    async answer() {
      const until = Date.now() + silence;
      const final = () => /SIP\/2\.0 ([2-6]\d\d) /.exec(text)?.[1];
      while (!final() && !closed && Date.now() < until) {
        await new Promise((resolve) => {
          heard = resolve;
          setTimeout(resolve, Math.max(1, until - Date.now()));
        });
      }
      return final() ?? /SIP\/2\.0 (1\d\d) /.exec(text)?.[1] ?? (closed ? 'closed' : 'silence');
    },
    text: () => text,
  };
}

/** A datagram socket at `from`, for many messages one after another; it refuses what it is asked itself. */
export async function datagrams(stage, { from, to }) {
  const [[address, port], [host, hostPort]] = [from.split(':'), to.split(':')];
  const socket = dgram.createSocket('udp4');
  await new Promise((resolve) => socket.bind(Number(port), address, resolve));
  stage.after(() => socket.close());
  let current = gather(Buffer.alloc(0));
  socket.on('message', (message, sender) => {
    const text = message.toString('latin1');
    if (text.startsWith('SIP/2.0 ')) return current.take(text);
    // Whatever Margrave asks is refused.
    const kept = text.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq)\s*:/i.test(line));
    if (!text.startsWith('ACK ')) socket.send(`SIP/2.0 403 Forbidden\r\n${kept.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`, sender.port, sender.address);
  });
  return (bytes) => {
    current = gather(bytes);
    socket.send(bytes, Number(hostPort), host);
    return current.answer();
  };
}

function connection({ from, to, silence }, bytes) {
  const [host, port] = to.split(':');
  const socket = net.connect({ host, port: Number(port), localAddress: from });
  const gathered = gather(bytes, silence);
  socket.setEncoding('latin1');
  socket.on('error', () => {});
  socket.on('close', () => gathered.close());
  return { socket, gathered };
}

/** A connection for each message. */
export const streams = (ends) => async (bytes) => {
  const { socket, gathered } = connection(ends, bytes);
  socket.on('data', (piece) => gathered.take(piece));
  socket.write(bytes);
  const answer = await gathered.answer();
  socket.destroy();
  return answer;
};

/** A WebSocket for each message, which is one frame of it (RFC 6455, RFC 7118). `silence`: how long an answer is waited for. */
export const pages = (ends) => async (bytes) => {
  const { socket, gathered } = connection(ends, bytes);
  const key = randomBytes(16).toString('base64');
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  await new Promise((resolve, reject) => {
    let head = '';
    const read = (piece) => {
      head += piece;
      if (!head.includes('\r\n\r\n')) return;
      socket.off('data', read);
      if (head.includes(accept)) resolve();
      else reject(new Error(head));
    };
    socket.on('data', read);
    socket.once('error', reject);
    socket.write(`GET / HTTP/1.1\r\nHost: ${ends.to}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n\r\n`);
  });
  socket.on('data', (piece) => gathered.take(piece));
  const mask = randomBytes(4);
  const length = bytes.length < 126 ? Buffer.from([0x80 | bytes.length]) : Buffer.from([0x80 | 126, bytes.length >> 8, bytes.length & 255]);
  socket.write(Buffer.concat([Buffer.from([0x82]), length, mask, bytes.map((byte, at) => byte ^ mask[at % 4])]));
  const answer = await gathered.answer();
  socket.destroy();
  return answer;
};

// SIPp of Debian speaks no TLS: a bridge on each side puts it on and takes it off.
import net from 'node:net';
import tls from 'node:tls';

const join = (one, other) => {
  for (const [from, to] of [[one, other], [other, one]]) {
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
  }
};

/** Plain TCP at `at`, TLS from there to `to`, from the address `from`, with the certificate of `proof`. */
export async function wrap(stage, { at, to, from, proof }) {
  const [host, port] = to.split(':');
  const options = { host, port: Number(port), localAddress: from, ...proof, rejectUnauthorized: false };
  await listen(stage, net.createServer((plain) => join(plain, tls.connect(options))), at);
}

/** TLS at `at`, plain TCP from there to `to`. */
export async function unwrap(stage, { at, to, key, cert }) {
  const [host, port] = to.split(':');
  const server = tls.createServer({ key, cert }, (secret) => join(secret, net.connect({ host, port: Number(port), localAddress: host })));
  server.on('tlsClientError', () => {});
  await listen(stage, server, at);
}

async function listen(stage, server, at) {
  const [host, port] = at.split(':');
  const sockets = new Set();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(Number(port), host, resolve));
  stage.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
}

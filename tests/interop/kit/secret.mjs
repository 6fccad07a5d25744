// An authority of a story's own, and one certificate signed by it for all the addresses of its peers.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes `authority.pem` into the stage's folder; gives the peers' key and certificate, which proves the `names` too. */
export function secret(stage, addresses, names = []) {
  const file = (name) => join(stage.folder, name);
  const openssl = (...words) => execFileSync('openssl', words, { stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-days', '2', '-subj', '/CN=Authority', '-keyout', file('authority.key'), '-out', file('authority.pem'));
  openssl('req', ...key, '-subj', '/CN=peer', '-keyout', file('peer.key'), '-out', file('peer.csr'));
  writeFileSync(file('peer.ext'), `subjectAltName=${[...addresses.map((address) => `IP:${address}`), ...names.map((name) => `DNS:${name}`)].join(',')}\nbasicConstraints=CA:FALSE\n`);
  openssl('x509', '-req', '-in', file('peer.csr'), '-CA', file('authority.pem'), '-CAkey', file('authority.key'), '-CAcreateserial', '-days', '2', '-extfile', file('peer.ext'), '-out', file('peer.pem'));
  return { key: readFileSync(file('peer.key')), cert: readFileSync(file('peer.pem')) };
}

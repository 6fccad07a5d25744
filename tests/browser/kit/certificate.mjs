// A certificate for a story's WSS.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export function dropCertificate(stage, name) {
  const [certificate, key] = [join(stage.folder, 'certificate.pem'), join(stage.folder, 'key.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name},IP:127.0.0.1`, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  return { certificate, key };
}

// TLS: a certificate that is renewed while connections live, and a carrier that dials us and listens nowhere.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import tls from 'node:tls';
import { Place, Stage, until } from '../../browser/kit/place.mjs';
import { margrave } from '../../browser/kit/margrave.mjs';
import { AT, border } from '../kit/border.mjs';
import { callee, gets, hears, keepDialog, pause, scenario, sdp } from '../kit/scenario.mjs';

const NAME = 'carrier.example';

/** A connection over TLS, once it is up. */
const dial = (options) =>
  new Promise((resolve, reject) => {
    const socket = tls.connect({ rejectUnauthorized: false, ...options }, () => resolve(socket));
    socket.once('error', reject);
  });

test('SIGHUP: the next connection is shown the renewed certificate, and the old one lives on', async () => {
  const stage = new Stage('renewal');
  try {
    const certify = (name) =>
      execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-keyout', join(stage.folder, 'key.pem'), '-out', join(stage.folder, 'cert.pem')], { stdio: 'ignore' });
    certify('before');
    const running = await margrave(
      stage,
      new Place(),
      `[server]\naddress = "${AT.pbx}:5060"\n\n[network.inside]\naddress = "${AT.inside}"\n\n[network.outside]\naddress = "${AT.outside}"\nwss = 18443\ncertificate = "cert.pem"\nkey = "key.pem"\nmedia = 21010\n`,
    );
    const visit = () => dial({ host: AT.outside, port: 18443 });
    const old = await visit();
    stage.after(() => old.destroy());
    let closed = false;
    old.once('close', () => (closed = true));
    assert.equal(old.getPeerCertificate().subject.CN, 'before');
    certify('after');
    process.kill(running.child.pid, 'SIGHUP');
    await running.says(/certificate has been read again/);
    const next = await visit();
    assert.equal(next.getPeerCertificate().subject.CN, 'after');
    next.destroy();
    assert.equal(closed, false, 'the first is still connected');
    execFileSync('sh', ['-c', `echo nothing > ${join(stage.folder, 'cert.pem')}`]);
    process.kill(running.child.pid, 'SIGHUP');
    await running.says(/stays what it was/);
    const last = await visit();
    assert.equal(last.getPeerCertificate().subject.CN, 'after');
    last.destroy();
  } finally {
    await stage.end();
  }
});

test('tls: a carrier that dials us, proves its name and listens nowhere is hung up on over its own connection', async () => {
  const town = await border('proved', { transport: 'tls', trunk: `domain = "${NAME}"`, names: [NAME] });
  try {
    const pbx = await town.waits(
      'pbx',
      AT.pbx,
      scenario('callee', [hears('INVITE', { rrs: true, actions: keepDialog }), callee.answer('200 OK', { text: sdp(), retrans: true }), hears('ACK'), pause(200), callee.within('BYE'), gets(200)]),
    );
    await pbx.ready();
    const line = await dial({ host: AT.outside, port: 5061, localAddress: AT.carrier, ...town.proof });
    town.stage.after(() => line.destroy());
    let text = '';
    line.setEncoding('latin1').on('data', (piece) => (text += piece));
    const description = `v=0\r\no=- 1 1 IN IP4 ${AT.carrier}\r\ns=-\r\nc=IN IP4 ${AT.carrier}\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n`;
    const says = (method, to, body = '') =>
      line.write(
        `${method} sip:4930123@${AT.outside} SIP/2.0\r\nVia: SIP/2.0/TLS ${AT.carrier}:5061;branch=z9hG4bK${method};alias\r\nMax-Forwards: 70\r\nFrom: <sip:anna@${NAME}>;tag=a\r\nTo: ${to}\r\nCall-ID: proved\r\nCSeq: 1 ${method}\r\nContact: <sip:anna@${AT.carrier}:5061;transport=tls>\r\n${body ? 'Content-Type: application/sdp\r\n' : ''}Content-Length: ${body.length}\r\n\r\n${body}`,
      );
    says('INVITE', `<sip:4930123@${AT.outside}>`, description);
    await until('the call is answered', () => /^SIP\/2\.0 200 /m.test(text));
    const answer = text.slice(text.indexOf('SIP/2.0 200 '));
    const [, to] = /^To:\s*(.*)$/im.exec(answer);
    says('ACK', to.trim());
    await until('the carrier hears BYE on its own connection', () => /^BYE sip:anna@/m.test(text));
    const bye = text.slice(text.search(/^BYE /m));
    const kept = bye.split('\r\n').filter((one) => /^(Via|From|To|Call-ID|CSeq)\s*:/i.test(one));
    line.write(`SIP/2.0 200 OK\r\n${kept.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`);
    await town.all([pbx]);
  } finally {
    await town.end();
  }
});

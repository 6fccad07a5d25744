// A page that speaks some codecs only, as one with a policy of its own would.

/** From now on every connection offers and answers with these codecs alone (`audio/opus`), telephone events beside them. */
export function speakOnly(kinds) {
  if (!kinds) return;
  const wanted = [...kinds, 'audio/telephone-event'];
  const codecs = RTCRtpReceiver.getCapabilities('audio').codecs.filter((codec) => wanted.includes(codec.mimeType));
  for (const verb of ['createOffer', 'createAnswer']) {
    const original = RTCPeerConnection.prototype[verb];
    RTCPeerConnection.prototype[verb] = function (...words) {
      for (const transceiver of this.getTransceivers()) transceiver.setCodecPreferences(codecs);
      return original.apply(this, words);
    };
  }
  // Preferences bind what Chromium receives. What it sends it takes from the offer, answered or not: so it never sees the others.
  const setRemote = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (description, ...words) {
    return setRemote.call(this, description?.type === 'offer' ? { type: 'offer', sdp: onlyThese(description.sdp, wanted) } : description, ...words);
  };
}

/** An offer without the payload types of other codecs. */
function onlyThese(sdp, wanted) {
  const fixed = { 0: 'audio/PCMU', 8: 'audio/PCMA', 9: 'audio/G722' };
  const kinds = new Map(Object.entries(fixed));
  for (const [, number, name] of sdp.matchAll(/^a=rtpmap:(\d+) ([^/\r\n]+)/gm)) kinds.set(number, `audio/${name}`);
  const others = [...kinds].filter(([, kind]) => !wanted.includes(kind)).map(([number]) => number);
  return sdp
    .split('\r\n')
    .filter((line) => !others.some((number) => line.startsWith(`a=rtpmap:${number} `) || line.startsWith(`a=fmtp:${number} `)))
    .map((line) => (line.startsWith('m=audio ') ? line.split(' ').filter((word, place) => place < 3 || !others.includes(word)).join(' ') : line))
    .join('\r\n');
}

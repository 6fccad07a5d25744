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
}

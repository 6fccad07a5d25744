//! Fragments of SDP as trickle ICE sends them.

use media_sdp::IceFragment;

/// Whatever is read keeps to its bounds, and says nothing of itself that does not stand in it.
pub fn sdp_fragment(bytes: &[u8]) {
    let Ok(fragment) = IceFragment::parse(bytes) else {
        return;
    };
    let text = String::from_utf8_lossy(bytes);
    let mut candidates = 0;
    for part in fragment.parts() {
        for said in [part.mid, part.ufrag, part.pwd].into_iter().flatten() {
            assert!(text.contains(said));
        }
        candidates += part.candidates.count();
    }
    assert!(candidates <= media_sdp::limits::CANDIDATES);
    assert!(fragment.parts().count() <= media_sdp::limits::MEDIA);
}

/// A packet to be sent: its header's part that is of this stream, and its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// The payload type on the leg it goes to.
    pub payload_type: u8,
    /// That payload type's clock in Hz.
    pub clock_rate: u32,
    /// It is a telephone event: its timestamp says when the event began.
    pub event: bool,
    /// The marker bit: speech begins here after a pause, or an event.
    pub marker: bool,
    /// Counts up by one with each packet.
    pub sequence: u16,
    /// In units of the clock.
    pub timestamp: u32,
    /// The payload.
    pub payload: Vec<u8>,
}

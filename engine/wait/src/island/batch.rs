use super::address;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::null_mut;

/// Datagrams of one call: some 20 ms of sixty-four calls. More would make timers and commands wait longer than they gain.
pub const BATCH: usize = 64;
/// Octets behind a datagram into which it may grow: an SRTP tag and MKI, or what RTCP grows by.
pub const GROWTH: usize = 64;

/// A datagram and where it came from: of at most `SIZE` octets less [`GROWTH`].
#[derive(Debug)]
pub struct Packet<const SIZE: usize> {
    /// The datagram is `buffer[..length]`; what is behind is room to grow.
    pub buffer: [u8; SIZE],
    /// See there.
    pub length: usize,
    /// `None`: it was longer than we take, or of no family we know. It is not to be used.
    pub from: Option<SocketAddr>,
}

impl<const SIZE: usize> Packet<SIZE> {
    /// The longest datagram taken.
    pub const LONGEST: usize = SIZE - GROWTH;

    /// Room for one.
    pub const fn empty() -> Self {
        Self {
            buffer: [0; SIZE],
            length: 0,
            from: None,
        }
    }
}

/// What the calls need besides the packets, made once. It holds pointers only while a call runs.
pub struct Batch {
    headers: Vec<libc::mmsghdr>,
    pieces: Vec<libc::iovec>,
    addresses: Vec<libc::sockaddr_storage>,
}

// SAFETY: what keeps it from being Send are pointers that are dead between calls: each call writes every pointer that it lets the
// kernel read, from borrows of its own. So it does not matter on which thread the next call is.
unsafe impl Send for Batch {}

/// How a batch went out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// The kernel took them.
    pub sent: usize,
    /// The kernel would not take them: no buffer, no route, refused by a filter.
    pub lost: usize,
}

impl Default for Batch {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Batch")
    }
}

impl Batch {
    /// For the calls of one thread.
    pub fn new() -> Self {
        Self {
            // SAFETY: a plain C structure of integers and pointers; zeroes and null pointers are values of it.
            headers: vec![unsafe { std::mem::zeroed() }; BATCH],
            pieces: vec![
                libc::iovec {
                    iov_base: null_mut(),
                    iov_len: 0,
                };
                BATCH
            ],
            addresses: vec![address::blank(); BATCH],
        }
    }

    /// Reads as many datagrams as are there and as fit, without waiting; how many. They stand at the front of `packets`.
    pub fn receive<const SIZE: usize>(
        &mut self,
        socket: BorrowedFd<'_>,
        packets: &mut [Packet<SIZE>],
    ) -> io::Result<usize> {
        let mut wanted: libc::c_uint = 0;
        for (((header, piece), room), packet) in self
            .headers
            .iter_mut()
            .zip(&mut self.pieces)
            .zip(&mut self.addresses)
            .zip(packets.iter_mut())
        {
            *piece = libc::iovec {
                iov_base: packet.buffer.as_mut_ptr().cast(),
                iov_len: Packet::<SIZE>::LONGEST,
            };
            fill(
                header,
                piece,
                room,
                size_of::<libc::sockaddr_storage>() as libc::socklen_t,
            );
            wanted = wanted.saturating_add(1);
        }
        // SAFETY: the first `wanted` headers each point to one iovec and one address of this batch's own vectors, which are not
        // touched until the call returns, and each iovec to the first LONGEST octets of a packet borrowed mutably for longer
        // than the call. The kernel writes into these and into the headers only. No timeout is given.
        let received = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                self.headers.as_mut_ptr(),
                wanted,
                libc::MSG_DONTWAIT,
                null_mut(),
            )
        };
        let Ok(received) = usize::try_from(received) else {
            return Err(io::Error::last_os_error());
        };
        for ((header, room), packet) in self
            .headers
            .iter()
            .zip(&self.addresses)
            .zip(packets.iter_mut())
            .take(received)
        {
            packet.length = (header.msg_len as usize).min(Packet::<SIZE>::LONGEST);
            packet.from = if header.msg_hdr.msg_flags & libc::MSG_TRUNC == 0 {
                address::read(room, header.msg_hdr.msg_namelen)
            } else {
                None
            };
        }
        Ok(received)
    }

    /// Reads one datagram, if there is one: cheaper than a batch where there is seldom more (a plain recvfrom, without the
    /// structures of many).
    pub fn receive_one<const SIZE: usize>(
        &mut self,
        socket: BorrowedFd<'_>,
        packet: &mut Packet<SIZE>,
    ) -> io::Result<()> {
        let mut room = address::blank();
        let mut length = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
        // SAFETY: the kernel writes at most LONGEST octets into the packet's buffer, which is borrowed mutably and larger, and at most
        // `length` octets into `room`; all of them outlive the call.
        let received = unsafe {
            libc::recvfrom(
                socket.as_raw_fd(),
                packet.buffer.as_mut_ptr().cast(),
                Packet::<SIZE>::LONGEST,
                libc::MSG_DONTWAIT | libc::MSG_TRUNC,
                std::ptr::from_mut(&mut room).cast(),
                &mut length,
            )
        };
        // With MSG_TRUNC it is the datagram's length, also of one that did not fit.
        let Ok(received) = usize::try_from(received) else {
            return Err(io::Error::last_os_error());
        };
        packet.length = received.min(Packet::<SIZE>::LONGEST);
        packet.from = if received <= Packet::<SIZE>::LONGEST {
            address::read(&room, length)
        } else {
            None
        };
        Ok(())
    }

    /// Sends one datagram without waiting; whether the kernel took it.
    pub fn send_one(&mut self, socket: BorrowedFd<'_>, octets: &[u8], to: SocketAddr) -> bool {
        let mut room = address::blank();
        let length = address::write(to, &mut room);
        loop {
            // SAFETY: the octets and the address are borrowed for longer than the call, which only reads them, and the lengths are
            // theirs.
            let sent = unsafe {
                libc::sendto(
                    socket.as_raw_fd(),
                    octets.as_ptr().cast(),
                    octets.len(),
                    libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL,
                    std::ptr::from_ref(&room).cast(),
                    length,
                )
            };
            if sent >= 0 {
                return true;
            }
            if io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
                return false;
            }
        }
    }

    /// Sends each parcel from one socket, without waiting, in their order. What the kernel does not take is lost, as datagrams are.
    pub fn send<'a>(
        &mut self,
        socket: BorrowedFd<'_>,
        parcels: impl IntoIterator<Item = (&'a [u8], SocketAddr)>,
    ) -> Sent {
        let mut parcels = parcels.into_iter();
        let mut outcome = Sent::default();
        loop {
            let mut filled: usize = 0;
            for (((header, piece), room), (octets, to)) in self
                .headers
                .iter_mut()
                .zip(&mut self.pieces)
                .zip(&mut self.addresses)
                .zip(parcels.by_ref())
            {
                *piece = libc::iovec {
                    // The kernel only reads what is sent.
                    iov_base: octets.as_ptr().cast_mut().cast(),
                    iov_len: octets.len(),
                };
                let length = address::write(to, room);
                fill(header, piece, room, length);
                filled = filled.saturating_add(1);
            }
            if filled == 0 {
                return outcome;
            }
            let mut at: usize = 0;
            while let Some(rest) = self
                .headers
                .get_mut(at..filled)
                .filter(|rest| !rest.is_empty())
            {
                // SAFETY: the headers in `rest` each point to one iovec and one address of this batch's own vectors, which are not
                // touched until the call returns, and each iovec to a parcel's octets, which are borrowed for 'a and so for
                // longer than this function runs. The kernel reads them, and writes only `msg_len` of the headers.
                let sent = unsafe {
                    libc::sendmmsg(
                        socket.as_raw_fd(),
                        rest.as_mut_ptr(),
                        rest.len() as libc::c_uint,
                        libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL,
                    )
                };
                if let Ok(sent @ 1..) = usize::try_from(sent) {
                    at = at.saturating_add(sent);
                    outcome.sent = outcome.sent.saturating_add(sent);
                    continue;
                }
                let error = io::Error::last_os_error();
                match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::WouldBlock => {
                        outcome.lost = outcome.lost.saturating_add(rest.len());
                        break;
                    }
                    // It concerns the first of them only: no route to it, a filter.
                    _ => {
                        outcome.lost = outcome.lost.saturating_add(1);
                        at = at.saturating_add(1);
                    }
                }
            }
        }
    }
}

fn fill(
    header: &mut libc::mmsghdr,
    piece: &mut libc::iovec,
    room: &mut libc::sockaddr_storage,
    length: libc::socklen_t,
) {
    header.msg_len = 0;
    header.msg_hdr.msg_name = std::ptr::from_mut(room).cast();
    header.msg_hdr.msg_namelen = length;
    header.msg_hdr.msg_iov = piece;
    header.msg_hdr.msg_iovlen = 1;
    header.msg_hdr.msg_control = null_mut();
    header.msg_hdr.msg_controllen = 0;
    header.msg_hdr.msg_flags = 0;
}

#[cfg(test)]
mod tests {
    use super::{BATCH, Batch, Sent};
    use std::io::ErrorKind;
    use std::net::{SocketAddr, UdpSocket};
    use std::os::fd::AsFd;
    use std::time::Duration;

    fn pair() -> (UdpSocket, UdpSocket, SocketAddr) {
        let (one, two) = (
            UdpSocket::bind("127.0.0.1:0").expect("bound"),
            UdpSocket::bind("127.0.0.1:0").expect("bound"),
        );
        let to = two.local_addr().expect("an address");
        two.set_read_timeout(Some(Duration::from_secs(20)))
            .expect("set");
        (one, two, to)
    }

    type Packet = super::Packet<2112>;
    const LONGEST: usize = Packet::LONGEST;

    fn packets(count: usize) -> Vec<Packet> {
        (0..count).map(|_| Packet::empty()).collect()
    }

    #[test]
    fn datagrams_move_between_sockets_unchanged_and_in_order() {
        let (one, two, to) = pair();
        let from = one.local_addr().expect("an address");
        // More than one batch, of every length from none to a full frame; no more than a default socket buffer holds.
        let sent: Vec<Vec<u8>> = (0..75usize)
            .map(|n| (0..n * 20).map(|i| (i * 7 + n) as u8).collect())
            .collect();
        let mut batch = Batch::new();
        let parcels = sent.iter().map(|octets| (octets.as_slice(), to));
        assert_eq!(batch.send(one.as_fd(), parcels), Sent { sent: 75, lost: 0 });
        let mut received = Vec::new();
        let mut room = packets(BATCH);
        while received.len() < sent.len() {
            let count = batch
                .receive(two.as_fd(), &mut room)
                .expect("there is more");
            for packet in room.iter().take(count) {
                assert_eq!(packet.from, Some(from));
                received.push(packet.buffer[..packet.length].to_vec());
            }
        }
        assert_eq!(received, sent);
        let nothing = batch.receive(two.as_fd(), &mut room);
        assert_eq!(nothing.expect_err("empty").kind(), ErrorKind::WouldBlock);
    }

    #[test]
    fn a_datagram_longer_than_we_take_is_marked() {
        let (one, two, to) = pair();
        one.send_to(&[1; LONGEST + 1], to).expect("sent");
        one.send_to(&[2; LONGEST], to).expect("sent");
        let mut room = packets(4);
        let count = Batch::new()
            .receive(two.as_fd(), &mut room)
            .expect("received");
        assert_eq!(count, 2);
        assert_eq!(room[0].from, None);
        assert!(room[1].from.is_some());
        assert_eq!(room[1].length, LONGEST);
    }

    #[test]
    fn one_datagram_alone_moves_as_in_a_batch() {
        let (one, two, to) = pair();
        let from = one.local_addr().expect("an address");
        let mut batch = Batch::new();
        let mut packet = Packet::empty();
        for length in [LONGEST, 0, 172, LONGEST + 1] {
            let sent: Vec<u8> = (0..length).map(|at| (at * 3) as u8).collect();
            assert!(batch.send_one(one.as_fd(), &sent, to));
            batch
                .receive_one(two.as_fd(), &mut packet)
                .expect("received");
            assert_eq!(packet.from.is_some(), length <= LONGEST);
            if length <= LONGEST {
                assert_eq!(packet.from, Some(from));
                assert_eq!(packet.buffer[..packet.length], sent);
            }
        }
        let nothing = batch.receive_one(two.as_fd(), &mut packet);
        assert_eq!(nothing.expect_err("empty").kind(), ErrorKind::WouldBlock);
        let nowhere: SocketAddr = "127.0.0.1:0".parse().expect("an address");
        assert!(!batch.send_one(one.as_fd(), b"b", nowhere));
    }

    #[test]
    fn one_parcel_that_cannot_go_does_not_hold_up_the_others() {
        let (one, two, to) = pair();
        // Port 0 is nobody's: the kernel refuses it.
        let nowhere: SocketAddr = "127.0.0.1:0".parse().expect("an address");
        let parcels: [(&[u8], SocketAddr); 3] = [(b"a", to), (b"b", nowhere), (b"c", to)];
        let outcome = Batch::new().send(one.as_fd(), parcels);
        assert_eq!(outcome, Sent { sent: 2, lost: 1 });
        let mut octet = [0; 1];
        for expected in [b"a", b"c"] {
            two.recv(&mut octet).expect("received");
            assert_eq!(&octet, expected);
        }
    }

    #[test]
    fn ipv6_works_where_there_is_ipv6() {
        let Ok(one) = UdpSocket::bind("[::1]:0") else {
            return;
        };
        let to = one.local_addr().expect("an address");
        let mut batch = Batch::new();
        assert_eq!(batch.send(one.as_fd(), [(&b"six"[..], to)]).sent, 1);
        let mut room = packets(1);
        assert_eq!(batch.receive(one.as_fd(), &mut room).expect("received"), 1);
        assert_eq!(room[0].from, Some(to));
    }
}

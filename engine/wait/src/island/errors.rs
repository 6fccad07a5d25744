use super::address;
use std::io;
use std::mem::size_of;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::null_mut;

/// Words of room for what the kernel says of one error: its header, the error, and the address of who told it.
const ROOM: usize = 32;

/// From now on the kernel keeps what ICMP says of datagrams sent on this socket, for [`unreachable`].
pub fn hear_of_errors(socket: BorrowedFd<'_>, is_ipv4: bool) -> io::Result<()> {
    let (level, option) = if is_ipv4 {
        (libc::IPPROTO_IP, libc::IP_RECVERR)
    } else {
        (libc::IPPROTO_IPV6, libc::IPV6_RECVERR)
    };
    let on: libc::c_int = 1;
    let pointer: *const libc::c_int = &on;
    // SAFETY: `on` lives through the call, and the length is its own.
    let outcome = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            option,
            pointer.cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    if outcome == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// The next of these errors, without waiting: to whom a datagram was that nobody took, or `None` if the error says something else.
/// `Err` when there are no more.
pub fn unreachable(socket: BorrowedFd<'_>) -> io::Result<Option<SocketAddr>> {
    let mut room = address::blank();
    // The datagram itself comes back too; nobody wants it.
    let mut octet = [0_u8; 1];
    let mut piece = libc::iovec {
        iov_base: octet.as_mut_ptr().cast(),
        iov_len: octet.len(),
    };
    // Aligned as the kernel's headers want it.
    let mut control = [0_u64; ROOM];
    // SAFETY: a plain C structure of integers and pointers; zeroes and null pointers are values of it.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    let pointer: *mut libc::sockaddr_storage = &mut room;
    header.msg_name = pointer.cast();
    header.msg_namelen = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
    header.msg_iov = &mut piece;
    header.msg_iovlen = 1;
    header.msg_control = control.as_mut_ptr().cast();
    header.msg_controllen = std::mem::size_of_val(&control) as _;
    // SAFETY: every pointer in the header is of a live local, with the length of the memory behind it.
    let read = unsafe {
        libc::recvmsg(
            socket.as_raw_fd(),
            &mut header,
            libc::MSG_ERRQUEUE | libc::MSG_DONTWAIT,
        )
    };
    if read < 0 {
        return Err(io::Error::last_os_error());
    }
    let to = address::read(&room, header.msg_namelen);
    header.msg_name = null_mut();
    header.msg_iov = null_mut();
    let mut is_unreachable = false;
    // SAFETY: the control buffer is live and aligned, and `msg_controllen` is what the kernel wrote of it.
    let mut part = unsafe { libc::CMSG_FIRSTHDR(&header) };
    while !part.is_null() {
        // SAFETY: CMSG_FIRSTHDR and CMSG_NXTHDR give headers that lie within the control buffer.
        let head = unsafe { *part };
        let is_error = matches!(
            (head.cmsg_level, head.cmsg_type),
            (libc::IPPROTO_IP, libc::IP_RECVERR) | (libc::IPPROTO_IPV6, libc::IPV6_RECVERR)
        );
        // SAFETY: the length of an empty part, which is pure arithmetic.
        let least = unsafe { libc::CMSG_LEN(size_of::<libc::sock_extended_err>() as libc::c_uint) };
        if is_error && head.cmsg_len >= least as _ {
            // SAFETY: the part is at least as long as the structure, which is one of integers and may lie unaligned.
            let error = unsafe {
                libc::CMSG_DATA(part)
                    .cast::<libc::sock_extended_err>()
                    .read_unaligned()
            };
            let by_icmp = matches!(
                error.ee_origin,
                libc::SO_EE_ORIGIN_ICMP | libc::SO_EE_ORIGIN_ICMP6
            );
            let nobody = matches!(
                i32::try_from(error.ee_errno),
                Ok(libc::ECONNREFUSED | libc::EHOSTUNREACH | libc::ENETUNREACH)
            );
            is_unreachable |= by_icmp && nobody;
        }
        // SAFETY: as with CMSG_FIRSTHDR; `part` lies within the buffer.
        part = unsafe { libc::CMSG_NXTHDR(&header, part) };
    }
    Ok(to.filter(|_| is_unreachable))
}

#[cfg(test)]
mod tests {
    use super::{hear_of_errors, unreachable};
    use std::net::UdpSocket;
    use std::os::fd::AsFd;
    use std::time::Duration;

    #[test]
    fn a_datagram_that_nobody_takes_is_told_with_its_address() {
        for local in ["127.0.0.1:0", "[::1]:0"] {
            // A machine without IPv6 has nothing to tell of it.
            let Ok(socket) = UdpSocket::bind(local) else {
                continue;
            };
            let is_ipv4 = local.starts_with('1');
            hear_of_errors(socket.as_fd(), is_ipv4).expect("the kernel keeps errors");
            assert!(unreachable(socket.as_fd()).is_err(), "nothing yet");
            let gone = UdpSocket::bind(local).expect("a port");
            let nobody = gone.local_addr().expect("an address");
            drop(gone);
            socket.send_to(b"hello", nobody).expect("sent");
            let timeout = Some(Duration::from_secs(20));
            socket.set_read_timeout(timeout).expect("a timeout");
            // The error ends the reading.
            assert!(socket.recv_from(&mut [0; 8]).is_err());
            let told = unreachable(socket.as_fd()).expect("one error");
            assert_eq!(told, Some(nobody));
            assert!(unreachable(socket.as_fd()).is_err(), "told once");
        }
    }
}

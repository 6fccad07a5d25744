use proto_base::Random;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses of one server in the order to try them: both families by turns, IPv6 first (RFC 7984 §4, RFC 6724 §2.1), so that
/// a family without a way costs one try; within a family by chance, to spread the load.
pub(crate) fn by_turns(
    mut v6: Vec<Ipv6Addr>,
    mut v4: Vec<Ipv4Addr>,
    random: &mut Random,
) -> Vec<IpAddr> {
    v6.retain(|address| !address.is_unspecified() && !address.is_multicast());
    v4.retain(|address| {
        !address.is_unspecified() && !address.is_multicast() && !address.is_broadcast()
    });
    shuffle(&mut v6, random);
    shuffle(&mut v4, random);
    let (mut v6, mut v4) = (v6.into_iter(), v4.into_iter());
    let mut ordered = Vec::new();
    loop {
        let turn = [v6.next().map(IpAddr::V6), v4.next().map(IpAddr::V4)];
        let before = ordered.len();
        ordered.extend(turn.into_iter().flatten());
        if ordered.len() == before {
            return ordered;
        }
    }
}

/// Fisher and Yates.
fn shuffle<T>(items: &mut [T], random: &mut Random) {
    for end in (1..items.len()).rev() {
        let choices = u64::try_from(end).unwrap_or(u64::MAX).saturating_add(1);
        let chosen = usize::try_from(random.u64() % choices).unwrap_or_default();
        items.swap(chosen, end);
    }
}

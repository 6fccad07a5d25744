use super::*;

/// The example of RFC 3263 §4.1 and §4.2, with addresses.
fn example() -> World {
    World::new()
        .naptr("example.com", 50, 50, "SIPS+D2T", "_sips._tcp.example.com.")
        .naptr("example.com", 90, 50, "SIP+D2T", "_sip._tcp.example.com")
        .naptr("example.com", 100, 50, "SIP+D2U", "_sip._udp.example.com.")
        .srv("_sips._tcp.example.com", 0, 1, 5061, "secure.example.com.")
        .srv("_sip._tcp.example.com", 0, 1, 5060, "server1.example.com")
        .srv("_sip._tcp.example.com", 1, 2, 5060, "server2.example.com")
        .srv("_sip._udp.example.com", 0, 1, 5062, "server2.example.com")
        .a("secure.example.com", "192.0.2.3")
        .a("server1.example.com", "192.0.2.1")
        .a("server2.example.com", "192.0.2.2")
        .a("server2.example.com", "2001:db8::2")
        .a("example.com", "192.0.2.9")
}

#[test]
fn naptr_names_the_transport_srv_the_servers_and_then_come_their_addresses() {
    let mut world = example();
    assert_eq!(
        world.uri("sip:user@example.com"),
        Ok(vec!["TLS 192.0.2.3:5061".to_owned()])
    );
    assert_eq!(
        world.asked,
        [
            "Naptr example.com",
            "Srv _sips._tcp.example.com",
            "A secure.example.com",
            "Aaaa secure.example.com"
        ]
    );
    let plain = Reach {
        transports: &[Transport::Udp, Transport::Tcp],
        ..ALL
    };
    assert_eq!(
        world.find(&wanted("sip:example.com"), plain),
        Ok(vec![
            "TCP 192.0.2.1:5060".to_owned(),
            "TCP [2001:db8::2]:5060".to_owned(),
            "TCP 192.0.2.2:5060".to_owned(),
        ])
    );
}

#[test]
fn what_makes_tls_fail_does_not_bring_the_call_down_to_udp() {
    let mut world = example();
    world.zone.remove(&question("secure.example.com", Kind::A));
    assert_eq!(world.uri("sip:example.com"), Err(Nowhere::Unknown));
}

#[test]
fn a_transport_that_is_given_skips_naptr_and_a_port_skips_srv() {
    let mut world = example();
    assert_eq!(
        world.uri("sip:example.com;transport=udp"),
        Ok(vec![
            "UDP [2001:db8::2]:5062".to_owned(),
            "UDP 192.0.2.2:5062".to_owned()
        ])
    );
    assert!(!world.asked.iter().any(|asked| asked.starts_with("Naptr")));
    world.asked.clear();
    assert_eq!(
        world.uri("sip:example.com:5070"),
        Ok(vec!["UDP 192.0.2.9:5070".to_owned()])
    );
    assert_eq!(world.asked, ["A example.com", "Aaaa example.com"]);
}

#[test]
fn an_address_asks_nobody() {
    for (uri, found) in [
        ("sip:192.0.2.7", "UDP 192.0.2.7:5060"),
        ("sip:192.0.2.7:5070;transport=tcp", "TCP 192.0.2.7:5070"),
        ("sips:a@[2001:db8::7]", "TLS [2001:db8::7]:5061"),
        ("sip:x.invalid;maddr=192.0.2.8", "UDP 192.0.2.8:5060"),
    ] {
        let mut world = World::new();
        assert_eq!(world.uri(uri), Ok(vec![found.to_owned()]), "{uri}");
        assert!(world.asked.is_empty(), "{uri}");
    }
}

#[test]
fn without_naptr_every_transport_is_asked_for_and_ours_to_choose() {
    let mut world = World::new()
        .srv("_sip._tcp.example.com", 0, 0, 5060, "one.example.com")
        .srv("_sip._udp.example.com", 0, 0, 5060, "one.example.com")
        .a("one.example.com", "192.0.2.1");
    assert_eq!(
        world.uri("sip:example.com"),
        Ok(vec![
            "TCP 192.0.2.1:5060".to_owned(),
            "UDP 192.0.2.1:5060".to_owned()
        ])
    );
}

#[test]
fn without_srv_the_hosts_own_address_is_taken_at_the_usual_port() {
    let mut world = World::new().a("pbx.example.com", "192.0.2.1");
    assert_eq!(
        world.uri("sip:pbx.example.com"),
        Ok(vec!["UDP 192.0.2.1:5060".to_owned()])
    );
    assert_eq!(
        world.uri("sips:pbx.example.com"),
        Ok(vec!["TLS 192.0.2.1:5061".to_owned()])
    );
    assert_eq!(
        world.uri("sip:PBX.example.com.;transport=tcp"),
        Ok(vec!["TCP 192.0.2.1:5060".to_owned()])
    );
}

#[test]
fn a_service_that_is_declared_absent_is_not_looked_for_elsewhere() {
    let mut world = World::new()
        .srv("_sip._udp.example.com", 0, 0, 0, ".")
        .a("example.com", "192.0.2.1");
    assert_eq!(
        world.uri("sip:example.com;transport=udp"),
        Err(Nowhere::Unknown)
    );
}

#[test]
fn sips_is_tls_or_nothing() {
    let plain = Reach {
        transports: &[Transport::Udp, Transport::Tcp],
        ..ALL
    };
    let mut world = example();
    for uri in [
        "sips:example.com",
        "sips:192.0.2.1",
        "sips:example.com:5061",
    ] {
        assert_eq!(
            world.find(&wanted(uri), plain),
            Err(Nowhere::Unspoken),
            "{uri}"
        );
    }
    let uri = "sips:example.com;transport=udp".parse().unwrap();
    assert_eq!(Wanted::of_uri(&uri), None);
    assert_eq!(
        wanted("sips:example.com;transport=tcp").transport,
        Some(Transport::Tls)
    );
}

#[test]
fn a_browsers_invalid_host_is_never_looked_up() {
    let mut world = World::new();
    assert_eq!(
        world.uri("sip:alice@df7jal23ls0d.invalid;transport=udp"),
        Err(Nowhere::NoName)
    );
    assert!(world.asked.is_empty());
}

#[test]
fn a_family_that_the_network_lacks_is_not_asked_for() {
    let mut world = World::new()
        .a("pbx.example.com", "192.0.2.1")
        .a("pbx.example.com", "2001:db8::1");
    let wanted = wanted("sip:pbx.example.com:5060");
    let old = Reach { v6: false, ..ALL };
    assert_eq!(
        world.find(&wanted, old),
        Ok(vec!["UDP 192.0.2.1:5060".to_owned()])
    );
    assert_eq!(world.asked, ["A pbx.example.com"]);
    assert_eq!(
        world.find(&wanted, ALL),
        Ok(vec![
            "UDP [2001:db8::1]:5060".to_owned(),
            "UDP 192.0.2.1:5060".to_owned()
        ])
    );
}

#[test]
fn servers_of_one_priority_share_the_requests_by_weight() {
    let mut world = World::new()
        .srv("_sip._udp.example.com", 10, 75, 5060, "big.example.com")
        .srv("_sip._udp.example.com", 10, 25, 5060, "small.example.com")
        .srv("_sip._udp.example.com", 10, 0, 5060, "spare.example.com")
        .srv("_sip._udp.example.com", 20, 99, 5060, "last.example.com")
        .a("big.example.com", "192.0.2.1")
        .a("small.example.com", "192.0.2.2")
        .a("spare.example.com", "192.0.2.3")
        .a("last.example.com", "192.0.2.4");
    let mut first: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..1000 {
        let places = world.uri("sip:example.com;transport=udp").unwrap();
        assert_eq!(places.len(), 4);
        assert_eq!(places[3], "UDP 192.0.2.4:5060");
        *first.entry(places[0].clone()).or_default() += 1;
    }
    let share = |address: &str| first.get(address).copied().unwrap_or_default();
    assert!(
        (650..850).contains(&share("UDP 192.0.2.1:5060")),
        "{first:?}"
    );
    assert!(
        (150..350).contains(&share("UDP 192.0.2.2:5060")),
        "{first:?}"
    );
    assert!(share("UDP 192.0.2.3:5060") < 50, "{first:?}");
    assert_eq!(
        world.asked.len(),
        9,
        "one SRV and two families of four servers, once"
    );
}

#[test]
fn addresses_that_are_nobodys_are_passed_over() {
    let mut world = World::new()
        .a("pbx.example.com", "0.0.0.0")
        .a("pbx.example.com", "224.0.0.1")
        .a("pbx.example.com", "::")
        .a("pbx.example.com", "ff02::1");
    assert_eq!(world.uri("sip:pbx.example.com:5060"), Err(Nowhere::Unknown));
}

#[test]
fn a_record_with_a_regular_expression_or_of_another_service_is_passed_over() {
    let mut world = World::new()
        .naptr("example.com", 1, 1, "E2U+sip", "_sip._udp.evil.example")
        .naptr("example.com", 2, 1, "SIP+D2S", "_sip._sctp.example.com")
        .with(
            "example.com",
            Record::Naptr(Naptr {
                order: 0,
                preference: 0,
                flags: "s".to_owned(),
                services: "SIP+D2U".to_owned(),
                regexp: "!.*!sip:a@evil.example!".to_owned(),
                replacement: String::new(),
            }),
        )
        .a("example.com", "192.0.2.1");
    assert_eq!(
        world.uri("sip:example.com"),
        Ok(vec!["UDP 192.0.2.1:5060".to_owned()])
    );
}

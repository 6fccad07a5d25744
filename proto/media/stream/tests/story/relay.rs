use crate::world::*;
use control_command::What;
use media_stream::{Port, Profile, Verdict};
use rtc_rtp::TelephoneEvent;

#[test]
fn both_hear_each_other_in_every_profile() {
    for profile in PROFILES {
        let mut world = World::new(profile);
        for n in 0..200 {
            world.wait(20);
            let said = Said::by(BY_BROWSER, n);
            let heard = world.browser_says(said).expect("the phone hears");
            assert_eq!(heard.at, address(PHONE_RTP));
            assert_eq!(heard.header.ssrc, TO_PHONE);
            assert_eq!(heard.payload, said.bytes()[12..]);

            let said = Said::by(BY_PHONE, n);
            let heard = world.phone_says(said).expect("the browser hears");
            assert_eq!(heard.at, address(BROWSER_AT));
            assert_eq!(heard.header.ssrc, TO_BROWSER);
            assert_eq!(heard.payload, said.bytes()[12..]);
        }
        for leg in [BROWSER, PHONE] {
            let counters = world.counters(leg);
            assert_eq!(
                (counters.packets_received, counters.packets_sent),
                (200, 200)
            );
            assert_eq!(
                (counters.octets_received, counters.octets_sent),
                (32_000, 32_000)
            );
            assert_eq!((counters.packets_lost, counters.packets_refused), (0, 0));
            assert_eq!(counters.jitter, 0);
        }
    }
}

#[test]
fn numbers_go_on_across_the_rollover() {
    for profile in [Profile::AeadAes128Gcm, Profile::Aes128CmHmacSha1_80] {
        let mut world = World::new(profile);
        let first = world.phone_says(Said::by(BY_PHONE, 0)).unwrap().header;
        for n in 1..66_000 {
            world.wait(20);
            let heard = world.phone_says(Said::by(BY_PHONE, n)).unwrap().header;
            assert_eq!(heard.sequence, first.sequence.wrapping_add(n as u16));
            assert_eq!(heard.timestamp, first.timestamp.wrapping_add(n * 160));
            assert!(!heard.marker);
        }
        assert_eq!(world.counters(PHONE).packets_lost, 0);
    }
}

#[test]
fn loss_and_disorder_go_through_as_they_are() {
    let mut world = World::gcm();
    let first = world.phone_says(Said::by(BY_PHONE, 0)).unwrap().header;
    for n in [1, 3, 2, 7, 8] {
        let heard = world.phone_says(Said::by(BY_PHONE, n)).unwrap().header;
        assert_eq!(heard.sequence, first.sequence.wrapping_add(n as u16));
    }
    assert_eq!(world.counters(PHONE).packets_lost, 3);
}

#[test]
fn the_first_packet_is_told_once() {
    let mut world = World::gcm();
    world.browser_says(Said::by(BY_BROWSER, 0));
    world.browser_says(Said::by(BY_BROWSER, 1));
    world.phone_says(Said::by(BY_PHONE, 0));
    world.phone_says(Said::by(BY_PHONE, 1));
    let told = world.events();
    assert_eq!(
        told,
        [
            (BROWSER, What::MediaStarted(address(BROWSER_AT))),
            (PHONE, What::MediaStarted(address(PHONE_RTP)))
        ]
    );
    world.phone().generation = 2;
    world.apply();
    world.phone_says(Said::by(BY_PHONE, 2));
    assert_eq!(
        world.events(),
        [(PHONE, What::MediaStarted(address(PHONE_RTP)))]
    );
}

#[test]
fn keys_pressed_are_mapped_to_the_other_side_s_payload_type() {
    let mut world = World::gcm();
    world.browser_says(Said::by(BY_BROWSER, 0)).unwrap();
    let event = TelephoneEvent {
        event: 5,
        end: false,
        volume: 10,
        duration: 160,
    };
    let mut packet = Said {
        payload_type: 110,
        marker: true,
        ..Said::by(BY_BROWSER, 1)
    }
    .bytes();
    packet.truncate(12);
    packet.extend(event.to_bytes());
    let packet = world.protect(&packet);
    let heard = world.browser_sends(&packet).unwrap();
    assert_eq!(heard.header.payload_type, 101);
    assert!(heard.header.marker);
    assert_eq!(TelephoneEvent::parse(&heard.payload), Some(event));
}

#[test]
fn header_extension_csrcs_and_padding_stay_on_their_side() {
    let mut world = World::gcm();
    let mut packet = Said::by(BY_BROWSER, 0).bytes();
    packet[0] |= 0x31;
    packet.splice(12..12, [0, 0, 0, 8, 0xbe, 0xde, 0, 1, 0x10, 0x55, 0, 0]);
    packet.extend([0, 0, 0, 4]);
    let packet = world.protect(&packet);
    // `heard` checks that the header is bare.
    let heard = world.browser_sends(&packet).unwrap();
    assert_eq!(heard.payload, [0; 160]);
}

#[test]
fn an_unknown_payload_type_is_refused() {
    let mut world = World::gcm();
    let comfort_noise = Said {
        payload_type: 13,
        ..Said::by(BY_PHONE, 0)
    };
    assert_eq!(world.phone_says(comfort_noise), None);
    assert_eq!(
        world.browser_says(Said {
            ssrc: BY_BROWSER,
            ..comfort_noise
        }),
        None
    );
    assert_eq!(world.counters(PHONE).packets_refused, 1);
    assert_eq!(world.counters(BROWSER).packets_refused, 1);
    assert_eq!(world.counters(PHONE).packets_received, 0);
}

#[test]
fn a_replayed_packet_is_refused() {
    for profile in PROFILES {
        let mut world = World::new(profile);
        let packet = world.protect(&Said::by(BY_BROWSER, 0).bytes());
        assert!(world.browser_sends(&packet).is_some());
        assert_eq!(world.browser_sends(&packet), None);
        let counters = world.counters(BROWSER);
        assert_eq!(
            (counters.packets_received, counters.packets_refused),
            (1, 1)
        );
    }
}

#[test]
fn a_tampered_packet_is_refused_and_teaches_nothing() {
    for profile in PROFILES {
        let mut world = World::new(profile);
        let packet = world.protect(&Said::by(BY_BROWSER, 0).bytes());
        for place in 0..packet.len() {
            let mut tampered = packet.clone();
            tampered[place] ^= 0x10;
            assert_eq!(world.browser_sends(&tampered), None);
        }
        assert_eq!(world.events(), []);
        assert_eq!(world.counters(BROWSER).packets_received, 0);
        assert!(world.browser_sends(&packet).is_some());
    }
}

#[test]
fn before_the_keys_nothing_goes_to_or_from_the_browser() {
    let plan = plan();
    let now = proto_base::Time::ZERO;
    let mut random = proto_base::Random::from_number(3);
    let mut session = media_stream::Session::new(now, &plan, &mut random);
    session.set_remote(BROWSER, Some(address(BROWSER_AT)));
    let mut buffer = Said::by(BY_PHONE, 0).bytes();
    let length = buffer.len();
    buffer.resize(300, 0);
    for (leg, port, from) in [
        (PHONE, Port::Rtp, PHONE_RTP),
        (BROWSER, Port::Mux, BROWSER_AT),
    ] {
        let verdict = session.handle(now, leg, port, address(from), &mut buffer, length);
        assert_eq!(verdict, Verdict::Drop);
    }
    assert_eq!(session.counters(BROWSER).unwrap().packets_sent, 0);
}

#[test]
fn without_a_valid_ice_pair_nothing_goes_to_the_browser() {
    let mut world = World::gcm();
    world.session.set_remote(BROWSER, None);
    assert_eq!(world.phone_says(Said::by(BY_PHONE, 0)), None);
    world.session.set_remote(BROWSER, Some(address(BROWSER_AT)));
    assert!(world.phone_says(Said::by(BY_PHONE, 1)).is_some());
}

#[test]
fn another_source_goes_on_where_the_one_before_ended() {
    let mut world = World::gcm();
    for n in 0..10 {
        world.wait(20);
        world.phone_says(Said::by(BY_PHONE, n)).unwrap();
    }
    let last = world.phone_says(Said::by(BY_PHONE, 10)).unwrap().header;
    world.wait(1000);
    let other = Said {
        sequence: 40_000,
        timestamp: 0xdead_beef,
        ..Said::by(0x9999, 0)
    };
    let heard = world.phone_says(other).unwrap().header;
    assert_eq!(heard.ssrc, TO_BROWSER);
    assert_eq!(heard.sequence, last.sequence.wrapping_add(1));
    assert_eq!(heard.timestamp, last.timestamp.wrapping_add(8000));
    assert!(heard.marker, "the switch is marked");

    // A packet from before the switch would take a number that is used already.
    let before = Said {
        sequence: 39_999,
        ..other
    };
    assert_eq!(world.phone_says(before), None);
    let next = Said {
        sequence: 40_001,
        timestamp: 0xdead_beef + 160,
        ..other
    };
    let heard = world.phone_says(next).unwrap().header;
    assert_eq!(heard.sequence, last.sequence.wrapping_add(2));
    assert!(!heard.marker);
}

#[test]
fn a_packet_from_before_a_switch_does_not_take_a_number_again() {
    let mut world = World::gcm();
    let last = world.browser_says(Said::by(BY_BROWSER, 0)).unwrap().header;
    let other = Said {
        sequence: 500,
        ..Said::by(0x9999, 0)
    };
    let heard = world.browser_says(other).unwrap().header;
    assert_eq!(heard.sequence, last.sequence.wrapping_add(1));
    let before = Said {
        sequence: 499,
        ..other
    };
    // The phone's leg has no replay window that would refuse the number.
    assert_eq!(world.browser_says(before), None);
}

#[test]
fn a_long_key_press_is_neither_jitter_nor_a_halt_of_the_clock() {
    let mut world = World::gcm();
    let mut last = world.phone_says(Said::by(BY_PHONE, 0)).unwrap().header;
    for n in 1..=50 {
        world.wait(20);
        let event = Said {
            payload_type: 101,
            // The moment at which the key went down.
            timestamp: 160,
            ..Said::by(BY_PHONE, n)
        };
        let heard = world.phone_says(event).unwrap().header;
        assert_eq!(heard.timestamp, last.timestamp.wrapping_add(160));
    }
    world.wait(20);
    last = world.phone_says(Said::by(BY_PHONE, 51)).unwrap().header;
    assert_eq!(world.counters(PHONE).jitter, 0);

    for n in 52..=100 {
        world.wait(20);
        let event = Said {
            payload_type: 101,
            timestamp: 52 * 160,
            ..Said::by(BY_PHONE, n)
        };
        world.phone_says(event).unwrap();
    }
    world.wait(20);
    let heard = world.phone_says(Said::by(0x9999, 0)).unwrap().header;
    let passed = heard.timestamp.wrapping_sub(last.timestamp);
    assert_eq!(passed, 50 * 160, "another source goes on at the time it is");
}

#[test]
fn a_source_that_begins_anew_with_other_numbers_goes_on_without_a_jump() {
    for profile in PROFILES {
        let mut world = World::new(profile);
        let mut last = world.phone_says(Said::by(BY_PHONE, 0)).unwrap().header;
        for (round, start) in [30_000, 100, 62_000].into_iter().enumerate() {
            for step in 0..10u16 {
                world.wait(20);
                let said = Said {
                    sequence: start + step,
                    timestamp: round as u32 * 77_777 + u32::from(step) * 160,
                    ..Said::by(BY_PHONE, 0)
                };
                // The first is doubtful and lost.
                let Some(heard) = world.phone_says(said) else {
                    assert_eq!(step, 0);
                    continue;
                };
                assert_eq!(heard.header.sequence, last.sequence.wrapping_add(1));
                last = heard.header;
            }
        }
    }
}

#[test]
fn a_flood_is_cut_down() {
    let mut world = World::gcm();
    let mut passed = 0;
    for n in 0..20_000 {
        if n % 10 == 0 {
            world.wait(1);
        }
        if world.phone_says(Said::by(BY_PHONE, n)).is_some() {
            passed += 1;
        }
    }
    // Two seconds at 200 a second, and the burst of a second.
    assert!((500..=620).contains(&passed), "{passed}");
    assert!(world.counters(PHONE).packets_refused > 19_000);
}

#[test]
fn what_is_no_packet_of_this_session_is_dropped() {
    let mut world = World::gcm();
    let packet = Said::by(BY_PHONE, 0).bytes();
    for (leg, port) in [
        (control_command::LegId(9), Port::Rtp),
        (PHONE, Port::Mux),
        (PHONE, Port::Rtcp),
        (BROWSER, Port::Rtp),
    ] {
        assert_eq!(
            world.arrives(leg, port, PHONE_RTP, &packet).0,
            Verdict::Drop
        );
    }
    for length in 0..12 {
        let (verdict, _) = world.arrives(PHONE, Port::Rtp, PHONE_RTP, &packet[..length]);
        assert_eq!(verdict, Verdict::Drop);
    }
    let mut small = packet.clone();
    let now = world.now;
    let verdict = world
        .session
        .handle(now, PHONE, Port::Rtp, address(PHONE_RTP), &mut small, 5000);
    assert_eq!(verdict, Verdict::Drop, "a length beyond the buffer");
}

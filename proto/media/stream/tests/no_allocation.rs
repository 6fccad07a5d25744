//! The packet path allocates nothing.
//!
//! SAFETY of the one island of `unsafe` here: `Counting` hands every call on to the system's allocator with the arguments
//! unchanged, so it keeps `GlobalAlloc`'s contract as that one does; what it adds, a thread-local counter of a plain integer,
//! neither allocates nor unwinds.
#![allow(
    unsafe_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic
)]

#[path = "story/world.rs"]
#[allow(dead_code)]
mod world;

use media_stream::{Port, Verdict};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use world::*;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(of: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.get();
    of();
    ALLOCATIONS.get() - before
}

#[test]
fn the_counter_counts() {
    assert_eq!(
        allocations(|| drop(std::hint::black_box(Vec::<u8>::with_capacity(9)))),
        1
    );
}

#[test]
fn packets_are_relayed_without_an_allocation() {
    for profile in PROFILES {
        let mut world = World::new(profile);
        // The first packets tell events and bring new SSRCs.
        world.browser_says(Said::by(BY_BROWSER, 0)).unwrap();
        world.phone_says(Said::by(BY_PHONE, 0)).unwrap();
        world.events();

        for n in 1..200 {
            world.wait(20);
            let plain = Said::by(BY_PHONE, n).bytes();
            let sealed = world.protect(&Said::by(BY_BROWSER, n).bytes());
            for (leg, port, from, packet) in [
                (PHONE, Port::Rtp, PHONE_RTP, &plain),
                (BROWSER, Port::Mux, BROWSER_AT, &sealed),
            ] {
                let from = address(from);
                let mut buffer = packet.clone();
                buffer.resize(packet.len() + 64, 0);
                let mut verdict = Verdict::Drop;
                let count = allocations(|| {
                    let length = packet.len();
                    verdict = world
                        .session
                        .handle(world.now, leg, port, from, &mut buffer, length);
                    world.session.poll_output();
                });
                assert!(matches!(verdict, Verdict::Forward { .. }), "{verdict:?}");
                assert_eq!(count, 0, "{profile:?}, packet {n} on {leg:?}");
            }
        }
    }
}

#[test]
fn reports_and_refusals_are_taken_without_an_allocation() {
    let mut world = World::gcm();
    let block = rtc_rtp::ReportBlock {
        ssrc: TO_PHONE,
        fraction_lost: 0,
        cumulative_lost: 0,
        extended_highest: 0,
        jitter: 0,
        last_sender_report: 0,
        delay_since_last: 0,
    };
    let report = rtc_rtp::CompoundWriter::report(BY_PHONE, None, &[block])
        .name(BY_PHONE, "phone")
        .finish();
    let forged = [Said::by(BY_BROWSER, 5).bytes(), vec![0; 16]].concat();
    for (leg, port, from, packet, expected) in [
        (PHONE, Port::Rtcp, PHONE_RTCP, &report, Verdict::Consumed),
        (PHONE, Port::Rtp, STRANGER, &forged, Verdict::Drop),
        (BROWSER, Port::Mux, BROWSER_AT, &forged, Verdict::Drop),
    ] {
        let from = address(from);
        let mut buffer = packet.clone();
        buffer.resize(packet.len() + 64, 0);
        let mut verdict = Verdict::Drop;
        let count = allocations(|| {
            let length = packet.len();
            verdict = world
                .session
                .handle(world.now, leg, port, from, &mut buffer, length);
        });
        assert_eq!((verdict, count), (expected, 0));
    }
}

#[test]
fn asking_for_deadlines_that_are_not_due_allocates_nothing() {
    let mut world = World::gcm();
    let now = world.now;
    let count = allocations(|| {
        world.session.poll_timeout();
        world.session.handle_timeout(now);
        world.session.poll_output();
    });
    assert_eq!(count, 0);
}

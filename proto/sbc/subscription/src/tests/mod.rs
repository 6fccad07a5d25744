//! A subscription without a border: requests and responses as values.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod desk;

use crate::Side;
use desk::Desk;
use std::time::Duration;

#[test]
fn a_subscription_is_granted_and_told_of() {
    let mut desk = Desk::asking(3600);
    let subscribe = desk.request_to(Side::Notifier);
    assert_eq!(desk.header(&subscribe, "Event"), "dialog");
    desk.answers(subscribe.0, 200, &[("Expires", "1800")]);
    let granted = desk.response();
    assert_eq!(granted.status.code(), 200);
    assert_eq!(granted.headers.expires(), Ok(Some(1800)));
    desk.notifies(1, "n1", "active;expires=1800");
    let notify = desk.request_to(Side::Subscriber);
    assert_eq!(notify.1.body, b"<dialog-info/>");
    assert_eq!(notify.1.headers.to().unwrap().tag(), Some("s1"));
    desk.answers(notify.0, 200, &[]);
    assert_eq!(desk.response().status.code(), 200);
}

#[test]
fn a_notify_before_the_2xx_grants_the_subscription() {
    let mut desk = Desk::asking(3600);
    let (subscribe, _) = desk.request_to(Side::Notifier);
    desk.notifies(1, "n1", "active;expires=900");
    let granted = desk.response();
    assert_eq!(granted.status.code(), 200);
    assert_eq!(granted.headers.expires(), Ok(Some(900)));
    let (notify, _) = desk.request_to(Side::Subscriber);
    desk.answers(subscribe, 200, &[("Expires", "900")]);
    desk.answers(notify, 200, &[]);
    assert_eq!(desk.response().status.code(), 200);
    desk.nothing_more();
}

#[test]
fn the_first_of_two_forks_is_the_notifier_and_the_other_finds_no_dialog() {
    let mut desk = Desk::granted(3600);
    desk.notifies(1, "n2", "active;expires=3600");
    assert_eq!(desk.response().status.code(), 481);
    desk.notifies(1, "n1", "active;expires=3600");
    desk.request_to(Side::Subscriber);
}

#[test]
fn a_notify_of_another_event_is_refused() {
    let mut desk = Desk::granted(3600);
    desk.event = "presence".to_owned();
    desk.notifies(1, "n1", "active");
    assert_eq!(desk.response().status.code(), 489);
    desk.event = "Dialog;id=7".to_owned();
    desk.notifies(2, "n1", "active");
    assert_eq!(desk.response().status.code(), 489);
    desk.event = "Dialog".to_owned();
    desk.notifies(3, "n1", "active");
    desk.request_to(Side::Subscriber);
}

#[test]
fn a_refresh_goes_on_and_an_old_one_is_out_of_order() {
    let mut desk = Desk::granted(3600);
    desk.subscribes(2, 600);
    let (refresh, request) = desk.request_to(Side::Notifier);
    assert_eq!(request.headers.cseq().unwrap().number, 2);
    assert_eq!(request.headers.to().unwrap().tag(), Some("n1"));
    desk.subscribes(3, 600);
    let busy = desk.response();
    assert_eq!(busy.status.code(), 500, "one after the other");
    desk.answers(refresh, 200, &[("Expires", "300")]);
    assert_eq!(desk.response().headers.expires(), Ok(Some(300)));
    desk.subscribes(3, 600);
    assert_eq!(desk.response().status.code(), 500);
    desk.wait(Duration::from_secs(331));
    desk.nothing_more();
    desk.wait(Duration::from_secs(2));
    let (_, last) = desk.request_to(Side::Subscriber);
    assert_eq!(
        last.headers
            .get(&sip_message::HeaderName::SubscriptionState),
        Some("terminated;reason=timeout")
    );
}

#[test]
fn who_leaves_hears_the_last_word_and_nothing_is_left() {
    let mut desk = Desk::granted(3600);
    desk.subscribes(2, 0);
    let (leaving, _) = desk.request_to(Side::Notifier);
    desk.answers(leaving, 200, &[("Expires", "0")]);
    assert_eq!(desk.response().status.code(), 200);
    desk.notifies(1, "n1", "terminated;reason=timeout");
    let (last, _) = desk.request_to(Side::Subscriber);
    desk.answers(last, 200, &[]);
    assert_eq!(desk.response().status.code(), 200);
    desk.is_over();
}

#[test]
fn a_subscriber_that_knows_nothing_of_it_ends_it() {
    let mut desk = Desk::granted(3600);
    desk.notifies(1, "n1", "active");
    let (notify, _) = desk.request_to(Side::Subscriber);
    desk.answers(notify, 481, &[]);
    assert_eq!(desk.response().status.code(), 481);
    desk.is_over();
}

#[test]
fn a_notify_to_be_tried_later_does_not_end_it() {
    let mut desk = Desk::granted(3600);
    desk.notifies(1, "n1", "active");
    let (notify, _) = desk.request_to(Side::Subscriber);
    desk.answers(notify, 503, &[("Retry-After", "4")]);
    assert_eq!(desk.response().status.code(), 503);
    assert!(desk.subscription().is_live());
}

#[test]
fn a_notifier_that_knows_nothing_of_it_ends_it() {
    let mut desk = Desk::granted(3600);
    desk.subscribes(2, 600);
    let (refresh, _) = desk.request_to(Side::Notifier);
    desk.answers(refresh, 481, &[]);
    assert_eq!(desk.response().status.code(), 481);
    desk.is_over();
}

#[test]
fn a_refused_subscription_leaves_nothing() {
    let mut desk = Desk::asking(3600);
    let (subscribe, _) = desk.request_to(Side::Notifier);
    desk.answers(subscribe, 404, &[]);
    assert_eq!(desk.response().status.code(), 404);
    desk.is_over();
}

#[test]
fn nothing_is_subscribed_to_without_an_event() {
    assert_eq!(Desk::refused_for("", "<sip:us@192.0.2.9>"), 489);
    assert_eq!(Desk::refused_for("presence", ""), 400);
}

#[test]
fn a_subscriber_that_does_not_come_back_is_unsubscribed() {
    let mut desk = Desk::granted(3600);
    desk.loses(Side::Subscriber);
    desk.notifies(1, "n1", "active");
    let busy = desk.response();
    assert_eq!(busy.status.code(), 480);
    assert!(busy.headers.has(&sip_message::HeaderName::RetryAfter));
    desk.wait(Duration::from_secs(16));
    let (leaving, request) = desk.request_to(Side::Notifier);
    assert_eq!(request.headers.expires(), Ok(Some(0)));
    desk.nothing_more();
    desk.answers(leaving, 200, &[("Expires", "0")]);
    desk.is_over();
}

#[test]
fn a_subscriber_that_is_gone_before_the_answer_is_unsubscribed_when_it_comes() {
    let mut desk = Desk::asking(3600);
    let (subscribe, _) = desk.request_to(Side::Notifier);
    desk.loses(Side::Subscriber);
    desk.wait(Duration::from_secs(16));
    assert_eq!(desk.response().status.code(), 480);
    desk.answers(subscribe, 200, &[("Expires", "3600")]);
    let (leaving, request) = desk.request_to(Side::Notifier);
    assert_eq!(request.headers.expires(), Ok(Some(0)));
    desk.answers(leaving, 200, &[("Expires", "0")]);
    desk.is_over();
}

#[test]
fn a_notifier_that_tells_faster_than_it_is_heard_is_told_to_wait() {
    let mut desk = Desk::granted(3600);
    for number in 1..=4 {
        desk.notifies(number, "n1", "active");
        desk.request_to(Side::Subscriber);
    }
    desk.notifies(5, "n1", "active");
    assert_eq!(desk.response().status.code(), 500);
}

#[test]
fn a_shutdown_ends_it_on_both_sides() {
    let mut desk = Desk::granted(3600);
    desk.with(|subscription, context| subscription.shut_down(context));
    let (last, _) = desk.request_to(Side::Subscriber);
    let (leaving, _) = desk.request_to(Side::Notifier);
    desk.answers(last, 200, &[]);
    desk.answers(leaving, 200, &[]);
    desk.is_over();
}

#[test]
fn a_grant_that_comes_too_late_is_given_back() {
    let mut desk = Desk::asking(3600);
    let (subscribe, _) = desk.request_to(Side::Notifier);
    desk.hears_nothing(subscribe);
    assert_eq!(desk.response().status.code(), 503);
    desk.answers(subscribe, 200, &[("Expires", "3600")]);
    let (leaving, request) = desk.request_to(Side::Notifier);
    assert_eq!(request.headers.expires(), Ok(Some(0)));
    desk.answers(leaving, 200, &[("Expires", "0")]);
    desk.is_over();
}

/// The notifier's server asked who we are, and our SUBSCRIBE went out once more.
#[test]
fn a_subscription_that_was_asked_for_again_counts_on_from_there() {
    let mut desk = Desk::asking(3600);
    let (subscribe, _) = desk.request_to(Side::Notifier);
    desk.with(|subscription, _| subscription.resent(subscribe, 7));
    desk.answers(subscribe, 200, &[("Expires", "3600")]);
    assert_eq!(desk.response().status.code(), 200);
    desk.notifies(1, "n1", "active");
    let (notify, _) = desk.request_to(Side::Subscriber);
    desk.with(|subscription, _| subscription.resent(notify, 40));
    desk.answers(notify, 200, &[]);
    assert_eq!(desk.response().status.code(), 200);
    desk.with(|subscription, context| subscription.shut_down(context));
    let (_, last) = desk.request_to(Side::Subscriber);
    assert_eq!(last.headers.cseq().unwrap().number, 41);
    let (_, leaving) = desk.request_to(Side::Notifier);
    assert_eq!(leaving.headers.cseq().unwrap().number, 8);
}

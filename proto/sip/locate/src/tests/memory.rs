use super::*;

fn two_servers() -> World {
    World::new()
        .srv("_sip._udp.example.com", 1, 0, 5060, "one.example.com")
        .srv("_sip._udp.example.com", 2, 0, 5060, "two.example.com")
        .a("one.example.com", "192.0.2.1")
        .a("two.example.com", "192.0.2.2")
}

const URI: &str = "sip:example.com;transport=udp";
const ONE: &str = "UDP 192.0.2.1:5060";
const TWO: &str = "UDP 192.0.2.2:5060";

#[test]
fn an_answer_is_remembered_as_long_as_it_says() {
    let mut world = two_servers();
    world.uri(URI).unwrap();
    let asked = world.asked.len();
    world.wait(59);
    world.uri(URI).unwrap();
    assert_eq!(world.asked.len(), asked);
    world.wait(2);
    world.uri(URI).unwrap();
    assert_eq!(world.asked.len(), 2 * asked);
}

#[test]
fn an_answer_good_for_no_time_still_leads_to_an_end() {
    let mut world = World::new();
    let records = vec![Record::A("192.0.2.1".parse().unwrap())];
    let question = question("pbx.example.com", Kind::A);
    let answer = Answer::Records(records, Duration::ZERO);
    world.zone.insert(question, answer);
    assert!(world.uri("sip:pbx.example.com").is_ok());
}

#[test]
fn a_name_that_is_not_there_is_asked_again_within_minutes() {
    let mut world = World::new();
    assert_eq!(world.uri("sip:new.example.com:5060"), Err(Nowhere::Unknown));
    let mut world = world.a("new.example.com", "192.0.2.1");
    assert_eq!(world.uri("sip:new.example.com:5060"), Err(Nowhere::Unknown));
    world.wait(61);
    assert!(world.uri("sip:new.example.com:5060").is_ok());
}

#[test]
fn while_dns_fails_the_old_answer_stands_in() {
    let mut world = two_servers();
    world.uri(URI).unwrap();
    for answer in world.zone.values_mut() {
        *answer = Answer::Failed;
    }
    world.wait(3600);
    assert_eq!(world.uri(URI), Ok(vec![ONE.to_owned(), TWO.to_owned()]));
    world.wait(48 * 3600);
    assert_eq!(world.uri(URI), Err(Nowhere::Failed));
}

#[test]
fn a_server_that_failed_is_tried_last_and_comes_back() {
    let mut world = two_servers();
    let one = place(Transport::Udp, "192.0.2.1:5060");
    assert_eq!(world.uri(URI).unwrap(), [ONE, TWO]);
    world.locator.failed(world.now, one);
    assert!(world.locator.is_down(world.now, &one));
    assert_eq!(world.uri(URI).unwrap(), [TWO, ONE]);
    world.wait(30);
    assert_eq!(world.uri(URI).unwrap(), [ONE, TWO]);
    // Still ill: twice as long this time.
    world.locator.failed(world.now, one);
    world.wait(59);
    assert_eq!(world.uri(URI).unwrap(), [TWO, ONE]);
    world.locator.works(&one);
    assert_eq!(world.uri(URI).unwrap(), [ONE, TWO]);
    world.locator.failed(world.now, one);
    world.wait(30);
    assert_eq!(world.uri(URI).unwrap(), [ONE, TWO]);
}

#[test]
fn when_every_server_is_down_the_one_that_may_be_back_first_is_tried_first() {
    let mut world = two_servers();
    let (one, two) = (
        place(Transport::Udp, "192.0.2.1:5060"),
        place(Transport::Udp, "192.0.2.2:5060"),
    );
    world
        .locator
        .avoid(world.now, one, Duration::from_secs(100));
    world.locator.avoid(world.now, two, Duration::from_secs(50));
    assert_eq!(world.uri(URI).unwrap(), [TWO, ONE]);
}

#[test]
fn a_question_on_its_way_is_not_put_twice_but_not_waited_for_without_end() {
    let mut world = two_servers();
    let wanted = wanted(URI);
    let locate = |world: &mut World| {
        let World {
            locator,
            random,
            now,
            ..
        } = world;
        locator.locate(*now, &wanted, ALL, random)
    };
    let srv = question("_sip._udp.example.com", Kind::Srv);
    assert_eq!(locate(&mut world), Located::Ask(vec![srv.clone()]));
    assert_eq!(locate(&mut world), Located::Ask(vec![]));
    world.wait(21);
    assert_eq!(locate(&mut world), Located::Ask(vec![srv]));
}

#[test]
fn an_answer_that_nobody_asked_for_is_not_believed() {
    let mut world = two_servers();
    let record = Record::A("198.51.100.66".parse().unwrap());
    let answer = Answer::Records(vec![record.clone()], TTL);
    world
        .locator
        .found(world.now, question("one.example.com", Kind::A), answer);
    assert_eq!(world.uri(URI).unwrap(), [ONE, TWO]);
    // Nor a record of another kind than was asked for.
    let mut world = World::new();
    let asked = question("pbx.example.com", Kind::Srv);
    world.zone.insert(asked, Answer::Records(vec![record], TTL));
    assert_eq!(
        world.uri("sip:pbx.example.com;transport=udp"),
        Err(Nowhere::Unknown)
    );
}

#[test]
fn the_memory_does_not_grow_with_the_names_asked_for() {
    let mut world = World::new();
    for number in 0..3000 {
        let _ = world.uri(&format!("sip:host{number}.example.com:5060"));
    }
    assert!(world.locator.remembered() <= 1024);
    // Nor do questions that are never answered.
    let mut outcome = None;
    for number in 0..1000 {
        let wanted = wanted(&format!("sip:lost{number}.example.com:5060"));
        let World {
            locator,
            random,
            now,
            ..
        } = &mut world;
        outcome = Some(locator.locate(*now, &wanted, ALL, random));
    }
    assert_eq!(outcome, Some(Located::Nowhere(Nowhere::Busy)));
    world.wait(21);
    assert_eq!(
        world.uri("sip:found.example.com:5060"),
        Err(Nowhere::Unknown)
    );
}

#[test]
fn a_hundred_thousand_records_make_no_hundred_thousand_tries() {
    let mut world = World::new();
    for number in 0..1000u16 {
        let target = format!("s{number}.example.com");
        let address = format!("10.1.{}.{}", number / 250, number % 250 + 1);
        world = world
            .srv("_sip._udp.example.com", number, 0, 5060, &target)
            .a(&target, &address);
    }
    let places = world.uri(URI).unwrap();
    assert_eq!(places.len(), 8);
    assert_eq!(places[0], "UDP 10.1.0.1:5060", "the best ones stay");
    assert!(world.asked.len() < 20, "{}", world.asked.len());
}

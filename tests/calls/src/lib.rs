//! Whole calls in virtual time: who takes part, and how they begin. The stories are in `tests/`.

mod cast;
mod scene;

pub use cast::{ALICE, BOB, DESK, TOO, company, company_of, desk, page};
pub use scene::{hangs_up, page_calls, phone_calls, talking, they_hear};

/// Stories as tests, each told by `how`.
#[macro_export]
macro_rules! told {
    ($how:path: $($story:ident),* $(,)?) => {
        $(#[test]
        fn $story() {
            $how(stringify!($story), super::$story);
        })*
    };
}

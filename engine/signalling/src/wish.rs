use std::sync::atomic::{AtomicU8, Ordering};

/// What the operator wishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Serve,
    Drain,
    Stop,
}

/// The last wish, told from one thread to another.
#[derive(Debug, Default)]
pub(crate) struct Wishes(AtomicU8);

impl Wishes {
    pub(crate) fn set(&self, wish: Wish) {
        self.0.store(wish as u8, Ordering::Release);
    }

    pub(crate) fn get(&self) -> Wish {
        let told = self.0.load(Ordering::Acquire);
        if told == Wish::Serve as u8 {
            Wish::Serve
        } else if told == Wish::Drain as u8 {
            Wish::Drain
        } else {
            Wish::Stop
        }
    }
}

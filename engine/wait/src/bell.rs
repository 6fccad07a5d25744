use crate::island::signal::{Event, Timer};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::Wake;
use std::time::Duration;

/// It works, and has not been rung since it last began to look for work.
const AWAKE: u8 = 0;
/// It waits in the kernel, or is about to.
const ASLEEP: u8 = 1;
/// As before, and its timer will wake it.
const SOON: u8 = 2;
/// It is not to sleep, or is being woken.
const RUNG: u8 = 3;

/// Wakes one thread from others. The kernel is asked only if the thread sleeps.
#[derive(Debug)]
pub struct Bell {
    state: AtomicU8,
    pub(crate) event: Event,
    pub(crate) timer: Timer,
}

impl Bell {
    /// A bell for the thread that makes a [`Sleeper`](crate::Sleeper) with it.
    pub fn new() -> io::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            state: AtomicU8::new(AWAKE),
            event: Event::new()?,
            timer: Timer::new()?,
        }))
    }

    /// Wakes it, or keeps it from falling asleep.
    pub fn ring(&self) {
        if matches!(self.state.swap(RUNG, Ordering::SeqCst), ASLEEP | SOON) {
            self.event.set();
        }
    }

    /// Sees to it that it is awake within this span: for work that can wait for the next packet, or for more work of its kind.
    pub fn ring_within(&self, span: Duration) {
        let change = |from, to| {
            let changed = self
                .state
                .compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst);
            changed.is_ok()
        };
        if change(ASLEEP, SOON) {
            // A timer that goes off when it has been woken otherwise in the meantime wakes it once for nothing.
            self.timer.set(span);
        } else if !change(AWAKE, RUNG) && self.state.load(Ordering::SeqCst) == ASLEEP {
            // It fell asleep between the two looks.
            self.ring();
        }
    }

    /// Before a sleep: whether it may. After this whoever rings asks the kernel.
    pub(crate) fn fall_asleep(&self) -> bool {
        let asleep = self
            .state
            .compare_exchange(AWAKE, ASLEEP, Ordering::SeqCst, Ordering::SeqCst);
        asleep.is_ok()
    }

    /// After a sleep, before it looks for work.
    pub(crate) fn get_up(&self) {
        self.state.store(AWAKE, Ordering::SeqCst);
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}

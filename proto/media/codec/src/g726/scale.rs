//! The step of the quantiser and how fast it follows (clauses 4.2.4 and 4.2.5).

use super::predictor::Learned;

#[derive(Clone, Debug)]
pub(super) struct Scale {
    /// YL: the slow step, with 15 bits below the point of YU's scale times 64.
    slow: i32,
    /// YU: the fast step.
    fast: i32,
    /// DMS and DML: how lively the codes were, shortly and for longer.
    short: i32,
    long: i32,
    /// AP: between the slow step (data, tones) and the fast one (speech).
    mix: i32,
}

impl Default for Scale {
    fn default() -> Self {
        Self {
            slow: 34_816,
            fast: 544,
            short: 0,
            long: 0,
            mix: 0,
        }
    }
}

impl Scale {
    pub(super) fn slow(&self) -> i32 {
        self.slow
    }

    /// MIX: the step to be used now.
    pub(super) fn step(&self) -> i32 {
        if self.mix >= 256 {
            return self.fast;
        }
        let slow = self.slow >> 6;
        let product = (self.fast - slow) * (self.mix >> 2);
        // Rounded towards zero.
        slow + product / 64
    }

    pub(super) fn adapt(&mut self, step: i32, growth: i32, speed: i32, learned: Learned) {
        // FILTD, LIMB, FILTE
        self.fast = (step + ((growth - step) >> 5)).clamp(544, 5120);
        self.slow += self.fast + (-self.slow >> 6);
        // FILTA, FILTB
        self.short += (speed - self.short) >> 5;
        self.long += ((speed << 2) - self.long) >> 7;
        // SUBTC, FILTC, TRIGA
        let differs = ((self.short << 2) - self.long).abs() >= self.long >> 3;
        self.mix = if learned.changed {
            256
        } else if step < 1536 || learned.tone || differs {
            self.mix + ((0x200 - self.mix) >> 4)
        } else {
            self.mix + (-self.mix >> 4)
        };
    }
}

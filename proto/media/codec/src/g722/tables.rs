//! The numbers of clause 6.2.

/// Table 11: the mirror filters' coefficients; the other twelve are the same backwards.
pub(super) const MIRROR: [i32; 12] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];

/// Q6: decision levels of the low band's 60 steps, one half.
pub(super) const LOW_LEVELS: [i32; 29] = [
    35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023,
    1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
];

/// The low band's code of the first steps below zero; from the third on they count down from 31.
pub(super) const LOW_NEGATIVE: [u8; 2] = [63, 62];

/// QM6: what a code of six bits is worth.
pub(super) const LOW_FINE: [i32; 64] = [
    -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232,
    -9360, -8576, -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776,
    -2400, -2032, -1688, -1360, -1040, -728, 24808, 21904, 19008, 16704, 14984, 13512, 12280,
    11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456, 4944, 4464, 4008, 3576, 3168, 2776,
    2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
];

/// QM4: what its upper four bits are worth, which alone drive the predictor.
pub(super) const LOW_COARSE: [i32; 16] = [
    0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584,
    1200, 0,
];

/// WL, by those four bits: how the step grows or shrinks.
pub(super) const LOW_GROWTH: [i32; 16] = [
    -60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60,
];

/// QM2: what the high band's two bits are worth.
pub(super) const HIGH: [i32; 4] = [-7408, -1616, 7408, 1616];

/// WH, by those two bits.
pub(super) const HIGH_GROWTH: [i32; 4] = [798, -214, 798, -214];

/// The high band's one decision level.
pub(super) const HIGH_LEVEL: i32 = 564;

/// ILB: 2048 · 2^(n/32).
pub(super) const POWERS: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
    2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];

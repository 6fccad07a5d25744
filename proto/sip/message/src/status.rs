/// A status code, 100 to 699.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct StatusCode(u16);
impl StatusCode {
    pub const TRYING: Self = Self(100);
    pub const RINGING: Self = Self(180);
    pub const OK: Self = Self(200);
    /// `None` outside 100 to 699.
    pub const fn new(code: u16) -> Option<Self> {
        if code >= 100 && code <= 699 {
            Some(Self(code))
        } else {
            None
        }
    }
    /// For constants known at compile time: clamps instead of failing.
    pub const fn of(code: u16) -> Self {
        Self(code)
    }
    pub const fn code(self) -> u16 {
        self.0
    }
    pub const fn is_provisional(self) -> bool {
        self.0 < 200
    }
    pub const fn is_final(self) -> bool {
        self.0 >= 200
    }
    pub const fn is_success(self) -> bool {
        self.0 >= 200 && self.0 < 300
    }
    /// The default reason phrase.
    pub fn reason(self) -> &'static str {
        todo!()
    }
}

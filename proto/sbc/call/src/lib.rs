//! The B2BUA: two legs, one fate.

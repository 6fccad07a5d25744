use proto_base::Time;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// A source that makes noise has one line in this time.
const QUIET: Duration = Duration::from_secs(60);
/// Sources remembered. A flood from more than these (or with forged addresses) is not told source by source.
const SOURCES: usize = 4096;

/// Who has had a line of late: once per source and minute.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    last: BTreeMap<IpAddr, Told>,
    /// When the table was full and said so.
    overflow: Option<Told>,
}

#[derive(Clone, Copy, Debug)]
struct Told {
    at: Time,
    /// Not told since.
    silent: u64,
}

/// What a source's event gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A line of its own; so many were not told since the one before.
    Own(u64),
    /// One line for all the sources that there is no room for; so many events were not told since the one before.
    Crowd(u64),
    /// None.
    Silence,
}

impl Sources {
    /// What an event of this source gets now.
    pub(crate) fn line(&mut self, now: Time, source: IpAddr) -> Line {
        if let Some(told) = self.last.get_mut(&source) {
            return told.again(now).map_or(Line::Silence, Line::Own);
        }
        if self.last.len() >= SOURCES {
            // Once a minute at most, for the table is full of younger ones otherwise.
            if self.overflow.is_none_or(|told| now.since(told.at) >= QUIET) {
                self.last.retain(|_, told| now.since(told.at) < QUIET);
            }
            if self.last.len() >= SOURCES {
                let overflow = self.overflow.get_or_insert(Told {
                    at: Time::ZERO,
                    silent: 0,
                });
                return overflow.again(now).map_or(Line::Silence, Line::Crowd);
            }
        }
        let told = Told { at: now, silent: 0 };
        self.last.insert(source, told);
        Line::Own(0)
    }
}

impl Told {
    /// How many were not told, if it is time to tell again.
    fn again(&mut self, now: Time) -> Option<u64> {
        if now.since(self.at) < QUIET {
            self.silent = self.silent.saturating_add(1);
            return None;
        }
        self.at = now;
        Some(std::mem::take(&mut self.silent))
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, QUIET, SOURCES, Sources};
    use proto_base::Time;
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::Duration;

    fn source(number: u32) -> IpAddr {
        Ipv4Addr::from_bits(number).into()
    }

    #[test]
    fn a_source_has_one_line_a_minute() {
        let mut sources = Sources::default();
        let start = Time::ZERO + Duration::from_secs(1000);
        assert_eq!(sources.line(start, source(1)), Line::Own(0));
        for second in 1..60 {
            let now = start + Duration::from_secs(second);
            assert_eq!(sources.line(now, source(1)), Line::Silence);
        }
        assert_eq!(sources.line(start, source(2)), Line::Own(0));
        assert_eq!(sources.line(start + QUIET, source(1)), Line::Own(59));
    }

    #[test]
    fn a_crowd_of_sources_fills_neither_memory_nor_log() {
        let mut sources = Sources::default();
        let start = Time::ZERO + Duration::from_secs(1000);
        let (mut own, mut crowd) = (0, 0);
        for number in 0..100_000 {
            match sources.line(start, source(number)) {
                Line::Own(_) => own += 1,
                Line::Crowd(_) => crowd += 1,
                Line::Silence => {}
            }
        }
        assert_eq!((own, crowd), (SOURCES, 1));
        assert_eq!(sources.last.len(), SOURCES);
        let later = start + QUIET;
        assert_eq!(
            sources.line(later, source(200_000)),
            Line::Own(0),
            "the old ones made room"
        );
        assert!(sources.last.len() < 10);
    }
}

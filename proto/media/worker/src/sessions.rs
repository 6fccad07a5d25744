use crate::entry::Entry;
use control_command::SessionId;
use std::collections::BTreeMap;

/// More calls than a core can carry (some 10 µs of work per call and 20 ms), so only a fault reaches it.
pub const MAX_SESSIONS: usize = 8192;

/// The sessions, each in a place that stays its own while it lives: a packet finds it without a search.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    places: Vec<Option<Box<Entry>>>,
    free: Vec<usize>,
    by_id: BTreeMap<SessionId, usize>,
}

impl Sessions {
    pub(crate) fn place_of(&self, session: SessionId) -> Option<usize> {
        self.by_id.get(&session).copied()
    }

    pub(crate) fn get(&self, place: usize) -> Option<&Entry> {
        self.places.get(place)?.as_deref()
    }

    pub(crate) fn get_mut(&mut self, place: usize) -> Option<&mut Entry> {
        self.places.get_mut(place)?.as_deref_mut()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.by_id.len() >= MAX_SESSIONS
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn insert(&mut self, entry: Entry) -> usize {
        let session = entry.session;
        let entry = Some(Box::new(entry));
        let place = match self.free.pop() {
            Some(place) => {
                if let Some(empty) = self.places.get_mut(place) {
                    *empty = entry;
                }
                place
            }
            None => {
                self.places.push(entry);
                self.places.len().saturating_sub(1)
            }
        };
        self.by_id.insert(session, place);
        place
    }

    pub(crate) fn remove(&mut self, place: usize) -> Option<Box<Entry>> {
        let entry = self.places.get_mut(place)?.take()?;
        self.by_id.remove(&entry.session);
        self.free.push(place);
        Some(entry)
    }

    /// By session.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &Entry)> {
        self.by_id
            .values()
            .filter_map(|&place| Some((place, self.get(place)?)))
    }
}

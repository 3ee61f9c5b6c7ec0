//! Columns that hold several values a slot, or one under some keys.

use super::bits::SLOTS;

/// Several values a slot, stored without gaps.
#[derive(Clone, Debug)]
pub(crate) struct Ragged<T> {
    starts: Vec<u32>,
    items: Vec<T>,
}

impl<T: Clone> Ragged<T> {
    pub(crate) fn new() -> Self {
        Self { starts: vec![0; SLOTS + 1], items: Vec::new() }
    }

    pub(crate) fn get(&self, slot: usize) -> &[T] {
        self.items.get(self.range(slot)).unwrap_or_default()
    }

    pub(crate) fn set(&mut self, slot: usize, items: &[T]) {
        let range = self.range(slot);
        let (before, after) = (range.len(), items.len());
        self.items.splice(range, items.iter().cloned());
        if before == after {
            return;
        }
        for start in self.starts.iter_mut().skip(slot + 1) {
            *start = (*start as usize + after - before) as u32;
        }
    }

    /// Gives back what was reserved for more values.
    pub(crate) fn shrink(&mut self) {
        self.items.shrink_to_fit();
    }

    /// Every value with its slot, slots rising.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        let ends = self.starts.iter().skip(1).map(|end| *end as usize);
        let ranges = self.starts.iter().map(|start| *start as usize).zip(ends).enumerate();
        ranges.flat_map(|(slot, (from, to))| {
            self.items.get(from..to).into_iter().flatten().map(move |item| (slot, item))
        })
    }

    fn range(&self, slot: usize) -> std::ops::Range<usize> {
        let at = |slot: usize| self.starts.get(slot).map_or(0, |start| *start as usize);
        at(slot)..at(slot + 1)
    }
}

/// One value for some slots under each key, such as a fee by participants and currency.
#[derive(Clone, Debug)]
pub(crate) struct Keyed<T>(Vec<(u64, Vec<(u16, T)>)>);

impl<T: Copy> Keyed<T> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// All slots with a value under this key, rising.
    pub(crate) fn under(&self, key: u64) -> &[(u16, T)] {
        match self.0.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(at) => self.0.get(at).map_or(&[], |(_, values)| values),
            Err(_) => &[],
        }
    }

    pub(crate) fn get(&self, key: u64, slot: usize) -> Option<T> {
        let values = self.under(key);
        let at = values.binary_search_by_key(&slot, |(slot, _)| usize::from(*slot)).ok()?;
        values.get(at).map(|(_, value)| *value)
    }

    pub(crate) fn set(&mut self, key: u64, slot: usize, value: T) {
        let at = self.0.binary_search_by_key(&key, |(key, _)| *key).unwrap_or_else(|at| {
            self.0.insert(at, (key, Vec::new()));
            at
        });
        let Some((_, values)) = self.0.get_mut(at) else { return };
        match values.binary_search_by_key(&slot, |(slot, _)| usize::from(*slot)) {
            Ok(at) => values.iter_mut().skip(at).take(1).for_each(|(_, old)| *old = value),
            Err(at) => values.insert(at, (slot as u16, value)),
        }
    }

    pub(crate) fn clear(&mut self, slot: usize) {
        for (_, values) in &mut self.0 {
            if let Ok(at) = values.binary_search_by_key(&slot, |(slot, _)| usize::from(*slot)) {
                values.remove(at);
            }
        }
        self.0.retain(|(_, values)| !values.is_empty());
    }

    /// Gives back what was reserved for more values.
    pub(crate) fn shrink(&mut self) {
        self.0.iter_mut().for_each(|(_, values)| values.shrink_to_fit());
    }
}

/// The last day of something for some slots under each key, such as of a licence by jurisdiction: the earliest first, as
/// few have passed.
#[derive(Clone, Debug)]
pub(crate) struct LastDays(Vec<(u64, Vec<(i32, u16)>)>);

impl LastDays {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// The slots whose last day under this key lies before a day.
    pub(crate) fn before(&self, key: u64, day: i32) -> impl Iterator<Item = usize> {
        let at = self.0.binary_search_by_key(&key, |(key, _)| *key).ok();
        let days = at.and_then(|at| self.0.get(at)).map_or(&[][..], |(_, days)| days);
        days.iter().take_while(move |(last, _)| *last < day).map(|(_, slot)| usize::from(*slot))
    }

    pub(crate) fn set(&mut self, key: u64, slot: usize, day: i32) {
        let at = self.0.binary_search_by_key(&key, |(key, _)| *key).unwrap_or_else(|at| {
            self.0.insert(at, (key, Vec::new()));
            at
        });
        if let Some((_, days)) = self.0.get_mut(at) {
            let entry = (day, slot as u16);
            days.insert(days.partition_point(|known| *known < entry), entry);
        }
    }

    pub(crate) fn clear(&mut self, slot: usize) {
        self.0.iter_mut().for_each(|(_, days)| days.retain(|(_, of)| usize::from(*of) != slot));
        self.0.retain(|(_, days)| !days.is_empty());
    }

    /// Gives back what was reserved for more days.
    pub(crate) fn shrink(&mut self) {
        self.0.iter_mut().for_each(|(_, days)| days.shrink_to_fit());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ragged_columns_keep_their_neighbours() {
        let mut column = Ragged::new();
        column.set(3, &[1, 2]);
        column.set(0, &[7]);
        column.set(1023, &[9]);
        column.set(3, &[4, 5, 6]);
        column.set(0, &[]);
        assert_eq!(
            column.iter().map(|(slot, item)| (slot, *item)).collect::<Vec<_>>(),
            [(3, 4), (3, 5), (3, 6), (1023, 9)]
        );
    }

    #[test]
    fn keyed_columns_forget_a_slot() {
        let mut column = Keyed::new();
        column.set(5, 10, 'a');
        column.set(5, 2, 'b');
        column.set(1, 10, 'c');
        column.set(5, 10, 'd');
        assert_eq!(
            (column.under(5), column.get(5, 10), column.get(4, 10)),
            ([(2, 'b'), (10, 'd')].as_slice(), Some('d'), None)
        );
        column.clear(10);
        assert_eq!((column.under(5), column.under(1)), ([(2, 'b')].as_slice(), [].as_slice()));
    }

    #[test]
    fn last_days_are_found_from_the_earliest_on() {
        let mut days = LastDays::new();
        [(5, 10, 300), (5, 2, 100), (5, 7, 200), (1, 7, 50)]
            .into_iter()
            .for_each(|(key, slot, day)| days.set(key, slot, day));
        let before = |days: &LastDays, key, day| days.before(key, day).collect::<Vec<_>>();
        assert_eq!(before(&days, 5, 300), [2, 7]);
        assert!(before(&days, 5, 100).is_empty() && before(&days, 9, 999).is_empty());
        days.clear(7);
        assert_eq!((before(&days, 5, 999), before(&days, 1, 999)), (vec![2, 10], vec![]));
    }
}

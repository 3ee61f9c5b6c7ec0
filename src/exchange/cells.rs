//! The cells of one record of a CSV file (RFC 4180), unquoted.

/// The cells of a record, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells {
    text: String,
    /// Where each cell ends in `text`.
    ends: Vec<usize>,
}

impl Cells {
    /// The cells that end at these places of the text, the last one with it; none where these are not in order or part
    /// a character.
    #[must_use]
    pub fn of(text: String, ends: Vec<usize>) -> Option<Self> {
        let is_sound = ends.is_sorted() && ends.last().copied().unwrap_or_default() == text.len();
        (is_sound && ends.iter().all(|&end| text.is_char_boundary(end))).then_some(Self { text, ends })
    }

    /// Adds a cell at the end.
    pub fn push(&mut self, cell: &str) {
        self.text.push_str(cell);
        self.ends.push(self.text.len());
    }

    /// How many cells there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The cell at this place, from 0.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&str> {
        let start = match at {
            0 => 0,
            _ => *self.ends.get(at - 1)?,
        };
        self.text.get(start..*self.ends.get(at)?)
    }

    /// The cells in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|at| self.get(at))
    }
}

impl<'c> FromIterator<&'c str> for Cells {
    fn from_iter<I: IntoIterator<Item = &'c str>>(cells: I) -> Self {
        let mut all = Self::default();
        cells.into_iter().for_each(|cell| all.push(cell));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_end_between_characters() {
        let pushed: Cells = ["é", "", "ab"].into_iter().collect();
        assert_eq!(Cells::of("éab".to_owned(), vec![2, 2, 4]), Some(pushed));
        assert_eq!(Cells::of(String::new(), Vec::new()), Some(Cells::default()));
        for ends in [vec![], vec![2], vec![1, 4], vec![4, 2, 4], vec![2, 5]] {
            assert_eq!(Cells::of("éab".to_owned(), ends), None);
        }
    }
}

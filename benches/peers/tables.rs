//! What tuned SQL adds to the program's own tables and indexes: numbers that depend on no client.

use tailor::id::Id;

use super::facts::Facts;

/// A table: its name, whether its first column is a therapist, and its numbers.
#[derive(Clone, Copy)]
pub struct Table {
    pub name: &'static str,
    pub has_id: bool,
    numbers: &'static [&'static str],
    key: &'static str,
}

impl Table {
    pub fn create(&self, id_type: &str, suffix: &str) -> String {
        let number = |name: &&str| match *name {
            "modality" | "area" => format!("{name} INTEGER NOT NULL"),
            _ => format!("{name} DOUBLE PRECISION NOT NULL"),
        };
        let id = self.has_id.then(|| format!("therapist_id {id_type} NOT NULL"));
        let columns: Vec<String> = id.into_iter().chain(self.numbers.iter().map(number)).collect();
        format!("CREATE TABLE {} ({}, PRIMARY KEY ({})) {suffix};", self.name, columns.join(", "), self.key)
    }

    /// How many columns it has.
    pub fn width(&self) -> usize {
        usize::from(self.has_id) + self.numbers.len()
    }
}

/// Ratings and claims in small numbers for codes, so that the widest join compares no text.
pub const TABLES: [Table; 5] = [
    Table {
        name: "peer_ratings",
        has_id: false,
        numbers: &["area", "modality", "rating"],
        key: "area, modality",
    },
    Table {
        name: "peer_claims",
        has_id: true,
        numbers: &["modality", "depth"],
        key: "therapist_id, modality",
    },
    Table { name: "peer_declarations", has_id: true, numbers: &["area", "tau"], key: "therapist_id, area" },
    Table {
        name: "peer_points",
        has_id: true,
        numbers: &["latitude", "longitude", "x", "y", "z"],
        key: "latitude, longitude, therapist_id, x, y, z",
    },
    Table { name: "peer_duplicates", has_id: true, numbers: &[], key: "therapist_id" },
];

/// Indexes on the program's own tables, beside those that it has.
pub const INDEXES: &str = "
    CREATE INDEX peer_by_accepting ON therapists (accepting, status, id);
    CREATE INDEX peer_by_plan ON therapist_insurance (code, therapist_id);
    CREATE INDEX peer_by_region ON therapist_locations (region, therapist_id);
    CREATE INDEX peer_by_country ON therapist_locations (country, therapist_id);
";

/// Hands every row of a table to `take`.
pub fn rows(facts: &Facts, table: &Table, mut take: impl FnMut(Option<&Id>, &[f64])) {
    if table.name == "peer_ratings" {
        for (area, ratings) in facts.ratings.iter().enumerate() {
            for (modality, rating) in ratings.iter().enumerate().filter(|(_, rating)| **rating > 0.0) {
                take(None, &[area as f64, modality as f64, *rating]);
            }
        }
    }
    for person in &facts.people {
        let id = Some(&person.profile.id);
        let mut pairs = |pairs: &[(usize, f64)]| {
            pairs.iter().for_each(|(code, value)| take(id, &[*code as f64, *value]));
        };
        match table.name {
            "peer_claims" => pairs(&person.depths),
            "peer_declarations" => pairs(&person.taus),
            "peer_points" => {
                let positions = person.profile.locations.iter().filter_map(|location| location.position);
                let mut points: Vec<_> = positions.zip(&person.points).collect();
                points.dedup();
                for ((latitude, longitude), [x, y, z]) in points {
                    take(id, &[latitude, longitude, *x, *y, *z]);
                }
            }
            "peer_duplicates" if person.is_duplicate => take(id, &[]),
            _ => {}
        }
    }
}

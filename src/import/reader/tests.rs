use chrono::NaiveDate;

use super::*;
use crate::{
    answers::sets::Sets,
    catalog::{model::Catalog, vocabulary::Vocabulary},
    import::{formats::Content, row::Reading},
};

fn rules() -> Rules {
    let catalog = Catalog::embedded().unwrap();
    Rules {
        source: "acme".to_owned(),
        layout: Layout::Json,
        vocabulary: Arc::new(Vocabulary::new(&catalog)),
        sets: Arc::new(Sets::built_in(&catalog)),
        catalog: Arc::new(catalog),
        edition: 0,
        today: NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(),
    }
}

/// Of four records one is right, one is known, one is of no profession and one is no JSON.
fn record(number: i64) -> Record {
    let profession = if number % 4 == 2 { "juggler" } else { "psychologist" };
    let end = if number % 4 == 3 { "" } else { "}" };
    let text = format!(
        r#"{{"external_id": "A-{number}", "name": {{"given": "Maya", "family": "Okafor"}}, "profession": "{profession}"{end}"#
    );
    Record { line: number * 10, content: Content::Json(text.into_bytes()) }
}

#[test]
fn any_number_of_threads_reads_the_same_rows_in_the_same_order() {
    let rules = rules();
    for length in [0, 1, 2, 3, 4, 7, 50] {
        let records: Vec<Record> = (0..length).map(record).collect();
        let numbered: Vec<Numbered<'_>> =
            (1..).zip(records.iter().map(|record| (record, rules.external_id(&record.content)))).collect();
        let known = records.iter().skip(1).step_by(4).map(|record| {
            let id = rules.external_id(&record.content).unwrap();
            (id, rules.digest(&record.content).to_vec())
        });
        let known: HashMap<String, Vec<u8>> = known.collect();
        let read = |threads| Hands { threads, pace: Pace::Background }.rows(&rules, &numbered, &known);
        let alone = read(1);
        let numbers: Vec<i64> = alone.iter().map(|row| row.number).collect();
        assert_eq!(numbers, (1..=length).collect::<Vec<_>>());
        for (row, at) in alone.iter().zip(0..) {
            assert_eq!(row.line, at * 10);
            assert!(
                match at % 4 {
                    0 => matches!(row.reading, Reading::Profile(_)),
                    1 => matches!(row.reading, Reading::Unchanged),
                    _ => matches!(row.reading, Reading::Faulty(_)),
                },
                "{row:?}"
            );
        }
        for threads in [2, 3, 4, 8, 60] {
            assert_eq!(format!("{:?}", read(threads)), format!("{alone:?}"), "{length} by {threads}");
        }
    }
}

//! Profiles in files: as rows of JSON, and flat in the columns of a CSV file. Export writes what import reads.
//!
//! *Invariant*: what is written of a profile is read back as the same profile, and written again as the same bytes.

pub mod cells;
pub mod columns;
mod fields;
mod header;
mod list;
mod read;
pub mod row;
pub mod template;
pub mod write;

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use csv_core::{ReadRecordResult, Reader};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{cells::Cells, columns::Columns, fields, row::row_with_source, template, write};
    use crate::{
        answers::{self, random::SETS, sets::Sets, settle},
        catalog::{model::Catalog, vocabulary::Vocabulary},
        directory::{
            check,
            confirmations::Confirmation,
            model::{ContactPublic, Therapist},
            practice::{FreeConsultation, SlidingScale},
        },
        fault::Fault,
        import::labels,
        synthetic::{self, codes::Codes},
        vocabulary::{Accepting, ConfirmationMethod, FieldGroup, Gender, Homework},
        web::decode::{Privacy, decode_value, schema::Shape},
    };

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
    }

    /// The records of a file.
    fn records(mut file: &[u8]) -> Vec<Cells> {
        let (mut reader, mut found) = (Reader::new(), Vec::new());
        let (mut text, mut ends) = (vec![0; file.len() + 1], vec![0; 2000]);
        loop {
            let (result, read, _, count) = reader.read_record(file, &mut text, &mut ends);
            file = &file[read..];
            match result {
                ReadRecordResult::Record => {}
                ReadRecordResult::InputEmpty => continue,
                other => {
                    assert_eq!(other, ReadRecordResult::End);
                    return found;
                }
            }
            let starts = std::iter::once(&0).chain(&ends);
            let cells =
                starts.zip(&ends[..count]).map(|(start, end)| std::str::from_utf8(&text[*start..*end]));
            found.push(cells.map(Result::unwrap).collect());
        }
    }

    fn file(rows: &[Value], widths: &write::Widths) -> Vec<u8> {
        let mut file = Vec::new();
        write::line(&write::header(widths), &mut file);
        rows.iter().for_each(|row| write::line(&write::cells(row, widths), &mut file));
        file
    }

    /// The rows that a file says, without a fault.
    fn rows(file: &[u8]) -> Vec<Value> {
        let records = records(file);
        let columns = Columns::of_header(&records[0]).unwrap();
        let rows = records[1..].iter().map(|record| columns.row(record));
        rows.map(|(row, faults)| (faults.is_empty().then_some(row)).unwrap()).collect()
    }

    /// The row as an import of `acme` reads it.
    fn imported(mut row: Value) -> Result<Therapist, Vec<Fault>> {
        let catalog = Catalog::embedded().unwrap();
        let labels = labels::resolve(row.as_object_mut().unwrap(), &Vocabulary::new(&catalog));
        assert_eq!(labels.faults, []);
        let sets = Sets::built_in(&catalog);
        decode_value(row, Privacy::Open, |profile| check::faults(profile, &catalog, &sets, today()))
    }

    #[test]
    fn the_example_of_the_template_imports_without_a_fault() {
        let file = template::template();
        assert_eq!(rows(&file), [template::example()]);
        let read = imported(template::example()).unwrap();
        assert_eq!((read.external_id.as_deref(), read.status.code()), (Some("EXAMPLE-1"), "draft"));
        assert_eq!((read.modalities[2].code.as_str(), read.locations.len()), ("ifs", 2));
        let text = String::from_utf8(file).unwrap();
        for part in [
            "external_id,source,status,name_given,",
            ",location_2_city,",
            ",consultation_answer_2_fields\nEXAMPLE-1,,draft,Maya,Okafor,Dr.,,PsyD,",
            ",\"Replace this record, or leave it: a draft is shown to nobody.\nA text may have \"\"quotes\"\", commas",
            ",approaches_and_selection,,en,\"I draw from psychodynamic work to understand the why, and",
            ",psychodynamic:foundation:insight:relational_patterns;cbt:technique:any:panic+ocd:0.4:trained,",
            ",psychodynamic:foundation:certified:2012;cbt:technique:trained;Internal Family Systems (IFS),",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }

    #[test]
    fn the_example_of_the_documentation_imports_without_a_fault() {
        let document = include_str!("../../docs/import-csv.md");
        let (example, _) = document.split_once("```csv\n").unwrap().1.split_once("```").unwrap();
        let profiles: Vec<_> =
            rows(example.as_bytes()).into_iter().map(imported).map(Result::unwrap).collect();
        assert_eq!(profiles[0].bio.as_deref(), Some("Understanding the why,\nbuilding skills for the week."));
        let codes = profiles.iter().flat_map(|profile| &profile.modalities).map(|claim| claim.code.as_str());
        assert_eq!(codes.collect::<Vec<_>>(), ["psychodynamic", "cbt", "ifs"]);
    }

    /// A field without a column would be lost on the way through a CSV file.
    #[test]
    fn every_field_of_a_profile_has_a_column_and_no_column_another_place() {
        fn walk(shape: &Shape, pointer: &str, found: &mut Vec<String>) {
            let schemas = shape.at(pointer);
            if schemas.iter().any(|schema| schema["readOnly"] == true) {
                return;
            }
            let below = if schemas.iter().any(|schema| schema.get("items").is_some()) {
                vec!["0"]
            } else {
                shape.property_names(pointer)
            };
            if below.is_empty() {
                found.push(pointer.to_owned());
            }
            below.iter().for_each(|name| walk(shape, &format!("{pointer}/{name}"), found));
        }
        let shape = Shape::of_body::<Therapist>();
        let mut leaves = Vec::new();
        walk(&shape, "", &mut leaves);
        assert!(leaves.len() > 60, "{leaves:?}");
        let header = write::header(&template::WIDTHS);
        let columns = Columns::of_header(&header).unwrap();
        let without: Vec<_> = leaves.iter().filter(|leaf| columns.column_of(leaf).is_none()).collect();
        assert!(without.is_empty(), "fields without a column: {without:?}");
        for fields::Field { object, name, .. } in fields::FIELDS {
            let pointer = format!("/{object}/{name}").replace("//", "/");
            assert_eq!(shape.known_part(&pointer), pointer);
        }
        for group in &fields::GROUPS {
            assert_eq!(shape.at(&format!("/{}", group.list))[0]["maxItems"], group.most);
            let named = group.fields.iter().filter(|(_, form)| !matches!(form, fields::Form::Members));
            for (name, _) in named {
                let pointer = format!("/{}/0/{name}", group.list);
                assert_eq!(shape.known_part(&pointer), pointer);
            }
        }
    }

    /// What a cell cannot say is told once, in the words for cells, whoever else looks at it.
    #[test]
    fn a_cell_of_the_wrong_form_is_one_fault_of_the_import() {
        let mut cells = Cells::default();
        let header = write::header(&template::WIDTHS);
        let example = write::cells(&template::example(), &template::WIDTHS);
        for (name, cell) in header.iter().zip(example.iter()) {
            cells.push(match name {
                "style_challenge"
                | "location_1_latitude"
                | "fee_2_amount"
                | "sliding_scale_minimum_amount" => "much",
                "sliding_scale_offered" | "contact_public_email" | "measures_progress" => "perhaps",
                "modalities" => "cbt:technique:trained:long ago",
                _ => cell,
            });
        }
        let (row, faults) = Columns::of_header(&header).unwrap().row(&cells);
        let of = |faults: &[Fault]| {
            let mut found: Vec<_> = faults.iter().map(|fault| (fault.pointer.clone(), fault.code)).collect();
            found.sort();
            found
        };
        assert_eq!(faults.len(), 8);
        assert_eq!(of(&imported(row).unwrap_err()), of(&faults));
    }

    fn text() -> impl Strategy<Value = String> {
        let nasty = "[=+@]?[ -~]{0,6}[\"\n\r;:\\\\, \t\u{a0}é漢\u{2028}]{1,6}[ -~]{0,6}";
        prop_oneof![nasty, Just("=1+1".to_owned()), Just(" ".to_owned()), Just("\u{feff}x".to_owned())]
    }

    /// With its answers as the directory has them.
    fn settled(profile: &mut Therapist) {
        let answers = profile.consultation_answers.as_deref_mut().unwrap_or_default();
        settle::settle(answers, &SETS);
        settle::date(answers, &[], "2026-11-22T12:00:00.000001Z".parse().unwrap());
    }

    /// The row as a CSV file says it: what texts suggest is not written.
    fn flat(mut row: Value) -> Value {
        let answers = row.get_mut("consultation_answers").and_then(Value::as_array_mut);
        for answer in answers.into_iter().flatten() {
            let Some(Value::Array(signals)) = answer.get_mut("signals") else { continue };
            signals.retain(|signal| signal["basis"] == "declared");
            signals.iter_mut().for_each(|signal| *signal = signal["code"].take());
            if signals.is_empty() {
                answer.as_object_mut().unwrap().remove("signals");
            }
        }
        row
    }

    /// A profile of which every field says something, texts in all their forms.
    fn profile() -> impl Strategy<Value = Therapist> {
        let codes = Codes::from(&Catalog::embedded().unwrap());
        let texts = prop::collection::vec(text(), 16);
        let degrees = (-90.0..=90.0, prop_oneof![-180.0..=180.0, Just(-0.0), Just(1e-7)]);
        (1..500_u64, texts, degrees, 0..=u8::MAX, answers::random::answers()).prop_map(
            move |(number, texts, (latitude, longitude), bits, answers)| {
                let mut profile = synthetic::therapist(1, number, today(), &codes);
                profile.consultation_answers = Some(answers);
                settled(&mut profile);
                let mut texts = texts.into_iter().cycle();
                let mut text = || texts.next().unwrap();
                let bit = |at: u8| bits & (1 << at) != 0;
                profile.external_id = Some(text());
                profile.name.given = text();
                profile.name.family = text();
                profile.name.suffix = Some(text());
                profile.credentials = vec![text(), text(), "PsyD".to_owned()];
                for at in [&mut profile.pronouns, &mut profile.headline, &mut profile.bio] {
                    *at = Some(text());
                }
                profile.contact_public = ContactPublic { email: bit(0), phone: bit(1) };
                if bit(2) {
                    profile.modalities.clear();
                }
                for claim in profile.modalities.iter_mut().take(2) {
                    claim.code = text();
                }
                for license in &mut profile.licenses {
                    (license.kind, license.number) = (Some(text()), Some(text()));
                }
                for location in &mut profile.locations {
                    for at in [
                        &mut location.label,
                        &mut location.line1,
                        &mut location.line2,
                        &mut location.postal_code,
                    ] {
                        *at = Some(text());
                    }
                    (location.latitude, location.longitude) = (Some(latitude), Some(longitude));
                    location.wheelchair_accessible = Some(bit(3));
                }
                if bit(4) {
                    profile.gender = Some(Gender::Other);
                    profile.homework = Some(Homework::None);
                    profile.measures_progress = Some(bit(5));
                    profile.availability.accepting = Some(Accepting::ExistingAndFamily);
                    profile.availability.waitlist_weeks = Some(3);
                    profile.sliding_scale = Some(SlidingScale {
                        offered: bit(5),
                        minimum_amount: Some(0),
                        currency: Some("USD".to_owned()),
                    });
                    profile.free_consultation = Some(FreeConsultation { offered: bit(6), minutes: Some(15) });
                }
                if bit(7) {
                    profile.confirmations = vec![Confirmation {
                        field_group: FieldGroup::Contact,
                        method: ConfirmationMethod::SelfAttested,
                        confirmed_at: "2026-11-01T10:00:00.123456Z".parse().unwrap(),
                    }];
                }
                profile
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_of_profiles_is_read_back_and_written_again(
            profiles in prop::collection::vec(profile(), 1..4), wider in 0..3_usize
        ) {
            let least = profiles.iter().map(write::Widths::of).fold(write::Widths::default(), write::Widths::max);
            let widths = write::Widths { locations: least.locations + wider, ..least };
            let written: Vec<Value> = profiles.iter().map(row_with_source).collect();
            let bytes = file(&written, &widths);
            let read = rows(&bytes);
            prop_assert_eq!(&read, &written.iter().cloned().map(flat).collect::<Vec<_>>());
            prop_assert_eq!(file(&read, &widths), bytes);
            for (row, profile) in read.into_iter().chain(written).zip(profiles.iter().chain(&profiles)) {
                let mut read: Therapist = serde_json::from_value(row).unwrap();
                settled(&mut read);
                prop_assert_eq!(row_with_source(&read), row_with_source(profile));
            }
        }
    }

    /// Fields of operators' own sets have no columns, and stand in one cell together.
    #[test]
    fn what_has_no_column_is_an_object_of_json() {
        let header = "external_id,name_given,name_family,profession,consultation_answer_1_homework,consultation_answer_1_fields";
        let read = |homework: &str, fields: &str| {
            let columns = Columns::of_header(&header.split(',').collect()).unwrap();
            let cells: Cells = ["A", "M", "O", "other", homework, fields].into_iter().collect();
            let (row, faults) = columns.row(&cells);
            let place = |fault: Fault| {
                let column = columns.column_in(&cells, &fault.pointer).unwrap_or_default().to_owned();
                (fault.pointer, fault.code, column)
            };
            (row["consultation_answers"].clone(), faults.into_iter().map(place).collect::<Vec<_>>())
        };
        let fields = "consultation_answer_1_fields".to_owned();
        let (answers, faults) = read("none", r#" {"tempo": ["slow"], "fields": 1} "#);
        assert_eq!(answers, json!([{"homework": "none", "tempo": ["slow"], "fields": 1}]));
        assert_eq!(faults, []);
        for cell in ["slow", "[1]", "{", "1"] {
            let (answers, faults) = read("none", cell);
            assert_eq!(answers, json!([{"homework": "none"}]));
            assert_eq!(
                faults,
                [("/consultation_answers/0/fields".to_owned(), "invalid_type", fields.clone())]
            );
        }
        let (answers, faults) = read("none", r#"{"homework": "regular", "a": 1, "a": "\u0001"}"#);
        assert_eq!(answers, json!([{"homework": "none", "a": "\u{1}"}]));
        let found: Vec<_> = faults.iter().map(|(pointer, code, _)| (&pointer[24..], *code)).collect();
        assert_eq!(
            found,
            [("a", "duplicate_key"), ("a", "control_character"), ("homework", "duplicate_key")]
        );
        assert!(faults[..2].iter().all(|(.., column)| *column == fields));
    }

    #[test]
    fn a_label_and_a_code_alone_are_kept_apart() {
        let row = json!({
            "external_id": "A", "name": {"given": "M", "family": "O"}, "profession": "other",
            "modalities": ["Cognitive: Behavioral", {"code": "cbt"}, {"code": "act", "since": 2012}],
            "problem_areas": [{"code": "ptsd"}, "Grief"],
        });
        let bytes = file(std::slice::from_ref(&row), &write::Widths::default());
        assert_eq!(rows(&bytes), [row]);
        assert!(
            String::from_utf8(bytes)
                .unwrap()
                .contains(r",Cognitive\: Behavioral;cbt:;act:::2012,ptsd:;Grief,")
        );
    }
}
